using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Cart.Carts;
using Shop.Contracts;
using Shop.Web.Problems;

namespace Shop.Cart;

/// <summary>The ways in which carts say no, each with a code that programs may compare.</summary>
internal static class Refusals
{
    public static ProblemHttpResult UnknownProduct(string sku) =>
        ProblemResults.Create(StatusCodes.Status404NotFound, "unknown_product", $"There is no product {sku}.");

    public static ProblemHttpResult CartFull() =>
        ProblemResults.Create(StatusCodes.Status409Conflict, "cart_full", "The cart has as many lines as it can hold.");

    public static ProblemHttpResult CartEmpty() =>
        ProblemResults.Create(StatusCodes.Status409Conflict, "cart_empty", "There is nothing in the cart.");

    public static ProblemHttpResult NotBuyable(IEnumerable<CartLineView> lines) =>
        ProblemResults.Create(StatusCodes.Status409Conflict, "not_buyable", "Some lines cannot be bought as they are.", KeyValuePair.Create("lines", (object?)lines));

    public static ProblemHttpResult MixedCurrencies() =>
        ProblemResults.Create(StatusCodes.Status409Conflict, CartProblems.MixedCurrencies, "The lines are in several currencies; an order has one.");

    public static ProblemHttpResult PriceChanged(IEnumerable<CartLineView> lines, Money total) =>
        ProblemResults.Create(StatusCodes.Status409Conflict, "price_changed", "The total is not what the customer has seen. Show it, and send it as expectedTotal.",
            KeyValuePair.Create("lines", (object?)lines), KeyValuePair.Create("total", (object?)total));

    public static ProblemHttpResult KeyReused() =>
        ProblemResults.Create(StatusCodes.Status422UnprocessableEntity, "idempotency_key_reused", "This Idempotency-Key was used with another body.");

    public static ProblemHttpResult PricesUnknown() =>
        ProblemResults.Create(StatusCodes.Status503ServiceUnavailable, "prices_unknown", "Prices cannot be confirmed just now. Try again with the same Idempotency-Key.");
}

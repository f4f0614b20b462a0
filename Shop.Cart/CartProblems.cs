using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Cart.Carts;
using Shop.Contracts;
using Shop.Web.Problems;

namespace Shop.Cart;

/// <summary>Creates the ProblemDetails responses of the cart service.</summary>
internal static class CartProblems
{
    public static ProblemHttpResult UnknownProduct(string sku) => ProblemResults.Create(
        StatusCodes.Status404NotFound, ProblemCodes.UnknownProduct, $"Product '{sku}' does not exist.");

    public static ProblemHttpResult CartFull() => ProblemResults.Create(
        StatusCodes.Status409Conflict, ProblemCodes.CartFull, "The cart has reached its maximum number of lines.");

    public static ProblemHttpResult CartEmpty() => ProblemResults.Create(
        StatusCodes.Status409Conflict, ProblemCodes.CartEmpty, "The cart is empty.");

    public static ProblemHttpResult LinesUnavailable(IEnumerable<CartLineView> lines) => ProblemResults.Create(
        StatusCodes.Status409Conflict, ProblemCodes.LinesUnavailable, "One or more lines cannot be purchased.",
        KeyValuePair.Create("lines", (object?)lines));

    public static ProblemHttpResult MixedCurrencies() => ProblemResults.Create(
        StatusCodes.Status409Conflict, ProblemCodes.MixedCurrencies,
        "The lines are priced in more than one currency. An order must have a single currency.");

    public static ProblemHttpResult PriceChanged(IEnumerable<CartLineView> lines, Money total) => ProblemResults.Create(
        StatusCodes.Status409Conflict, ProblemCodes.PriceChanged,
        "The total differs from the one shown to the customer. Show the new total and send it as expectedTotal.",
        KeyValuePair.Create("lines", (object?)lines), KeyValuePair.Create("total", (object?)total));

    public static ProblemHttpResult InvalidOrder(string error) => ProblemResults.Create(
        StatusCodes.Status409Conflict, ProblemCodes.InvalidOrder, $"The cart cannot become an order: {error}");

    public static ProblemHttpResult CheckoutInProgress(Guid orderId) => ProblemResults.Create(
        StatusCodes.Status409Conflict, ProblemCodes.CheckoutInProgress,
        "The cart is being checked out with another order. Wait for its outcome, or send its id as replaces to cancel it.",
        KeyValuePair.Create("orderId", (object?)orderId));

    public static ProblemHttpResult CheckoutsInProgress(IReadOnlyList<Guid> orderIds) => ProblemResults.Create(
        StatusCodes.Status409Conflict, ProblemCodes.CheckoutInProgress,
        "Both carts are being checked out. Wait for the outcome of one of the orders, or cancel it, and merge the carts then.",
        KeyValuePair.Create("orderIds", (object?)orderIds));

    public static ProblemHttpResult CartChanged() => ProblemResults.Create(
        StatusCodes.Status409Conflict, ProblemCodes.CartChanged,
        "The cart was changed during the checkout. Show it to the customer and check out again.");

    public static ProblemHttpResult OrderOfAnotherCart(Guid orderId) => ProblemResults.Create(
        StatusCodes.Status409Conflict, ProblemCodes.OrderNotReplaceable,
        "The order to replace belongs to another cart. Cancel it, and check out without replaces.",
        KeyValuePair.Create("orderId", (object?)orderId));

    public static ProblemHttpResult OrderNotReplaceable(Guid orderId) => ProblemResults.Create(
        StatusCodes.Status409Conflict, ProblemCodes.OrderNotReplaceable,
        "The order to replace was paid in the meantime. Show it to the customer.",
        KeyValuePair.Create("orderId", (object?)orderId));

    public static ProblemHttpResult IdempotencyKeyReused(Guid orderId) => ProblemResults.Create(
        StatusCodes.Status422UnprocessableEntity, ProblemCodes.IdempotencyKeyReused,
        "The Idempotency-Key was already used with another request body, other lines or by another member. Its order is unchanged.",
        KeyValuePair.Create("orderId", (object?)orderId));

    public static ProblemHttpResult OrdersUnavailable() => ProblemResults.Create(
        StatusCodes.Status503ServiceUnavailable, ProblemCodes.OrdersUnavailable,
        "The order to replace cannot be cancelled at the moment. Retry with the same Idempotency-Key.");

    public static ProblemHttpResult PricesUnavailable() => ProblemResults.Create(
        StatusCodes.Status503ServiceUnavailable, ProblemCodes.PricesUnavailable,
        "Prices are temporarily unavailable. Retry with the same Idempotency-Key.");
}

using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Web.Problems;

namespace Shop.Catalog;

/// <summary>The ways in which the catalog says no, each with a code that programs may compare.</summary>
internal static class Refusals
{
    public static ProblemHttpResult UnknownProduct(string sku) =>
        ProblemResults.Create(StatusCodes.Status404NotFound, "unknown_product", $"There is no product {sku}.");

    public static ProblemHttpResult SkuTaken(string sku) =>
        ProblemResults.Create(StatusCodes.Status409Conflict, "sku_taken", $"There is a product {sku} already.");

    public static ProblemHttpResult ChangedMeanwhile() =>
        ProblemResults.Create(StatusCodes.Status412PreconditionFailed, "changed_meanwhile", "Somebody else has changed the product. Read it again, and decide again.");

    public static ProblemHttpResult IfMatchNeeded() =>
        ProblemResults.Create(StatusCodes.Status428PreconditionRequired, "if_match_needed", "Say which state you are changing: If-Match with the ETag that you have read.");

    public static ProblemHttpResult StockOutOfRange(int onHand, int reserved) =>
        ProblemResults.Create(StatusCodes.Status409Conflict, "stock_out_of_range", "There would be less on the shelf than is promised to orders, or more than fits.",
            KeyValuePair.Create("onHand", (object?)onHand), KeyValuePair.Create("reserved", (object?)reserved));

    public static ProblemHttpResult KeyReused() =>
        ProblemResults.Create(StatusCodes.Status422UnprocessableEntity, "idempotency_key_reused", "This Idempotency-Key was used for another adjustment.");
}

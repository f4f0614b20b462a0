using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Web.Problems;

namespace Shop.Catalog;

/// <summary>The problems of the catalog API, each with a machine-readable code.</summary>
internal static class CatalogProblems
{
    public static ProblemHttpResult UnknownProduct(string sku) =>
        ProblemResults.Create(StatusCodes.Status404NotFound, "unknown_product", $"Product '{sku}' does not exist.");

    public static ProblemHttpResult SkuAlreadyExists(string sku) =>
        ProblemResults.Create(StatusCodes.Status409Conflict, "sku_already_exists", $"Product '{sku}' already exists.");

    public static ProblemHttpResult VersionMismatch(string sku) => ProblemResults.Create(
        StatusCodes.Status412PreconditionFailed, "version_mismatch", $"Product '{sku}' was changed. Read it again before you update it.");

    public static ProblemHttpResult IfMatchRequired() => ProblemResults.Create(
        StatusCodes.Status428PreconditionRequired,
        "if_match_required",
        "The If-Match header must contain the current ETag of the product.");

    public static ProblemHttpResult StockOutOfRange(int onHand, int reserved) => ProblemResults.Create(
        StatusCodes.Status409Conflict,
        "stock_out_of_range",
        "The stock on hand must not be less than the reserved quantity, nor exceed the maximum.",
        KeyValuePair.Create("onHand", (object?)onHand),
        KeyValuePair.Create("reserved", (object?)reserved));

    public static ProblemHttpResult IdempotencyKeyReused() => ProblemResults.Create(
        StatusCodes.Status422UnprocessableEntity, "idempotency_key_reused", "This Idempotency-Key was used for a different adjustment.");
}

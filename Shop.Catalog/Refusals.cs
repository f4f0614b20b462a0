using Microsoft.AspNetCore.Http.HttpResults;

namespace Shop.Catalog;

/// <summary>The ways in which the catalog says no, each with a code that programs may compare.</summary>
internal static class Refusals
{
    public static ProblemHttpResult UnknownProduct(string sku) =>
        Problem(StatusCodes.Status404NotFound, "unknown_product", $"There is no product {sku}.");

    public static ProblemHttpResult SkuTaken(string sku) =>
        Problem(StatusCodes.Status409Conflict, "sku_taken", $"There is a product {sku} already.");

    public static ProblemHttpResult ChangedMeanwhile() =>
        Problem(StatusCodes.Status412PreconditionFailed, "changed_meanwhile", "Somebody else has changed the product. Read it again, and decide again.");

    public static ProblemHttpResult IfMatchNeeded() =>
        Problem(StatusCodes.Status428PreconditionRequired, "if_match_needed", "Say which state you are changing: If-Match with the ETag that you have read.");

    public static ProblemHttpResult StockOutOfRange(int onHand, int reserved) =>
        Problem(StatusCodes.Status409Conflict, "stock_out_of_range", "There would be less on the shelf than is promised to orders, or more than fits.",
            KeyValuePair.Create("onHand", (object?)onHand), KeyValuePair.Create("reserved", (object?)reserved));

    public static ProblemHttpResult KeyReused() =>
        Problem(StatusCodes.Status422UnprocessableEntity, "idempotency_key_reused", "This Idempotency-Key was used for another adjustment.");

    public static ValidationProblem Field(string name, string problem) => TypedResults.ValidationProblem([new(name, [problem])]);

    private static ProblemHttpResult Problem(int status, string code, string title, params IEnumerable<KeyValuePair<string, object?>> more) =>
        TypedResults.Problem(title: title, statusCode: status, extensions: [new("code", code), .. more]);
}

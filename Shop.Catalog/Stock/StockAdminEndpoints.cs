using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Data;
using Shop.Catalog.Products;
using Shop.Web.Authentication;
using Shop.Web.Http;

namespace Shop.Catalog.Stock;

/// <summary>Endpoints for staff.</summary>
internal static class StockAdminEndpoints
{
    public static void MapStockAdmin(this IEndpointRouteBuilder routes)
    {
        var stock = routes.MapGroup("/api/v1/admin/products/{sku}").WithTags("Admin")
            .RequireAuthorization(AuthorizationPolicies.Staff)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesValidationProblem();
        stock.MapGet("/stock", ReadStock).WithName("readStock");
        stock.MapPost("/stock/adjustments", AdjustStock).WithName("adjustStock")
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
    }

    [EndpointSummary("Gets the stock level of a product")]
    private static async Task<Results<Ok<StockLevel>, ProblemHttpResult>> ReadStock(
        [RegularExpression(Product.SkuPattern)] string sku, CatalogDbContext db, CancellationToken cancellationToken) =>
        await db.Stock.AsNoTracking().Where(item => item.Sku == sku)
            .Select(item => new StockLevel(item.Sku, item.OnHand, item.Reserved, item.OnHand - item.Reserved))
            .SingleOrDefaultAsync(cancellationToken) is { } level
            ? TypedResults.Ok(level)
            : CatalogProblems.UnknownProduct(sku);

    [EndpointSummary("Adjusts the stock on hand of a product")]
    [EndpointDescription(
        "The adjustment is idempotent by its Idempotency-Key: a repeated request with the same key and body changes nothing and returns " +
        "the same response.")]
    private static async Task<Results<Ok<StockAdjustmentResult>, ProblemHttpResult, ValidationProblem>> AdjustStock(
        [RegularExpression(Product.SkuPattern)] string sku,
        [FromHeader(Name = IdempotencyKey.Header), Required] string? idempotencyKey,
        StockAdjustment adjustment,
        AdjustStock adjustStock,
        CancellationToken cancellationToken)
    {
        if (!IdempotencyKey.TryValidate(idempotencyKey, out var problem))
        {
            return problem;
        }

        return await adjustStock.AdjustAsync(idempotencyKey, sku, adjustment, cancellationToken) switch
        {
            AdjustResult.Adjusted(var entry) =>
                TypedResults.Ok(new StockAdjustmentResult(entry.Sku, entry.Delta, entry.Reason, entry.OnHand, entry.At)),
            AdjustResult.UnknownProduct => CatalogProblems.UnknownProduct(sku),
            AdjustResult.OutOfRange(var onHand, var reserved) => CatalogProblems.StockOutOfRange(onHand, reserved),
            AdjustResult.KeyReused => CatalogProblems.IdempotencyKeyReused(),
            var result => throw new InvalidOperationException($"Unexpected result {result}."),
        };
    }
}

/// <summary>An adjustment of the stock on hand.</summary>
/// <param name="Delta">Units to add; negative to remove units.</param>
/// <param name="Reason">Reason for the adjustment, a single line.</param>
public sealed record StockAdjustment(
    [Required, Range(-StockItem.MaxQuantity, StockItem.MaxQuantity)] int? Delta,
    [Required, StringLength(StockAdjustmentEntry.MaxReasonLength), RegularExpression(Product.SingleLinePattern)] string Reason);

/// <summary>An adjustment that was made.</summary>
/// <param name="Sku">SKU of the product.</param>
/// <param name="Delta">Units added; negative if units were removed.</param>
/// <param name="Reason">Reason for the adjustment.</param>
/// <param name="OnHand">Units on hand after the adjustment.</param>
/// <param name="At">Time of the adjustment.</param>
public sealed record StockAdjustmentResult(string Sku, int Delta, string Reason, int OnHand, DateTimeOffset At);

/// <summary>The stock level of a product.</summary>
/// <param name="Sku">SKU of the product.</param>
/// <param name="OnHand">Units on hand, reserved units included.</param>
/// <param name="Reserved">Units reserved for orders.</param>
/// <param name="Available">Units available for purchase.</param>
public sealed record StockLevel(string Sku, int OnHand, int Reserved, int Available);

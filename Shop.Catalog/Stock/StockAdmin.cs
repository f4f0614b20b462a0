using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Products;
using Shop.Catalog.Storage;
using Shop.Web.Http;

namespace Shop.Catalog.Stock;

/// <summary>For the shop's own people, as <see cref="ProductAdmin"/> is.</summary>
internal static class StockAdmin
{
    public static void MapStockAdmin(this IEndpointRouteBuilder routes)
    {
        var stock = routes.MapGroup("/api/v1/admin/products/{sku}/stock").WithTags("Admin");
        stock.MapGet("", ReadStock).WithName("readStock")
            .WithSummary("What is on the shelf, and how much of it is promised")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesValidationProblem();
        stock.MapPost("/adjustments", AdjustStock).WithName("adjustStock")
            .WithSummary("Books what came to the shelf or left it")
            .WithDescription("Idempotency-Key names the adjustment: the same key with the same body books nothing more and answers the same.")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<Results<Ok<StockLevel>, ProblemHttpResult>> ReadStock(
        [RegularExpression(Product.SkuPattern)] string sku, CatalogDb db, CancellationToken cancellationToken) =>
        await db.Stock.AsNoTracking().Where(item => item.Sku == sku)
            .Select(item => new StockLevel(item.Sku, item.OnHand, item.Reserved, item.OnHand - item.Reserved))
            .SingleOrDefaultAsync(cancellationToken) is { } level
            ? TypedResults.Ok(level)
            : Refusals.UnknownProduct(sku);

    private static async Task<Results<Ok<StockAdjusted>, ProblemHttpResult, ValidationProblem>> AdjustStock(
        [RegularExpression(Product.SkuPattern)] string sku,
        [FromHeader(Name = IdempotencyKey.Header), Required] string? idempotencyKey,
        StockAdjustment adjustment,
        AdjustingStock stock,
        CancellationToken cancellationToken)
    {
        if (!IdempotencyKey.TryValidate(idempotencyKey, out var refusal))
            return refusal;

        return await stock.AdjustAsync(idempotencyKey, sku, adjustment, cancellationToken) switch
        {
            AdjustAnswer.Adjusted({ } entry) => TypedResults.Ok(new StockAdjusted(entry.Sku, entry.Delta, entry.Reason, entry.OnHand, entry.At)),
            AdjustAnswer.UnknownProduct => Refusals.UnknownProduct(sku),
            AdjustAnswer.OutOfRange(var onHand, var reserved) => Refusals.StockOutOfRange(onHand, reserved),
            AdjustAnswer.KeyReused => Refusals.KeyReused(),
            var unknown => throw new InvalidOperationException($"No reply for {unknown}."),
        };
    }
}

/// <param name="Delta">Pieces that came, or with a minus left.</param>
/// <param name="Reason">Why, for whoever reads the book.</param>
public sealed record StockAdjustment(
    [Required, Range(-StockItem.MostPieces, StockItem.MostPieces)] int? Delta,
    [Required, StringLength(200), RegularExpression(Product.LinePattern)] string Reason);

/// <param name="Sku">The product.</param>
/// <param name="Delta">As asked for.</param>
/// <param name="Reason">As asked for.</param>
/// <param name="OnHand">Pieces on the shelf right after it.</param>
/// <param name="At">When it was booked.</param>
public sealed record StockAdjusted(string Sku, int Delta, string Reason, int OnHand, DateTimeOffset At);

/// <param name="Sku">The product.</param>
/// <param name="OnHand">Pieces on the shelf.</param>
/// <param name="Reserved">Those of them that are promised to orders.</param>
/// <param name="Available">Those of them that can be bought.</param>
public sealed record StockLevel(string Sku, int OnHand, int Reserved, int Available);

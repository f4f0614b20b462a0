using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Products;
using Shop.Catalog.Storage;

namespace Shop.Catalog.Stock;

/// <summary>Books what came to the shelf or left it by other ways than an order: once for each key, however often it is asked for.</summary>
internal sealed class AdjustingStock(CatalogDb db, TimeProvider time, ILogger<AdjustingStock> log)
{
    public async Task<AdjustAnswer> AdjustAsync(string key, string sku, StockAdjustment wanted, CancellationToken cancellationToken) =>
        (await db.InTransactionAsync<AdjustAnswer>(async cancellation =>
        {
            // A second request with this key waits here for the first, and then finds its entry.
            var stock = await db.Database
                .SqlQuery<Level>($"""select on_hand as "OnHand", reserved as "Reserved" from stock where sku = {sku} for update""").ToListAsync(cancellation);
            if (stock is not [var level])
                return new(new AdjustAnswer.UnknownProduct());

            if (await db.Adjustments.AsNoTracking().SingleOrDefaultAsync(entry => entry.Sku == sku && entry.Key == key, cancellation) is { } before)
            {
                return new(before.Delta == wanted.Delta && before.Reason == wanted.Reason
                    ? new AdjustAnswer.Adjusted(before)
                    : new AdjustAnswer.KeyReused());
            }

            var onHand = (long)level.OnHand + wanted.Delta!.Value;
            if (onHand < level.Reserved || onHand > StockItem.MostPieces)
                return new(new AdjustAnswer.OutOfRange(level.OnHand, level.Reserved));

            var entry = new AdjustmentEntry
            {
                Key = key, Sku = sku, Delta = wanted.Delta.Value, Reason = wanted.Reason, OnHand = (int)onHand, At = time.GetUtcNow(),
            };
            db.Add(entry);
            await db.SaveChangesAsync(cancellation);
            await db.Stock.Where(item => item.Sku == sku).ExecuteUpdateAsync(set => set.SetProperty(item => item.OnHand, entry.OnHand), cancellation);
            log.StockAdjusted(sku, entry.Delta, entry.OnHand, entry.Reason);
            return new(new AdjustAnswer.Adjusted(entry));
        }, cancellationToken)).Answer;

    private sealed record Level(int OnHand, int Reserved);
}

internal abstract record AdjustAnswer
{
    public sealed record Adjusted(AdjustmentEntry Entry) : AdjustAnswer;

    public sealed record UnknownProduct : AdjustAnswer;

    public sealed record OutOfRange(int OnHand, int Reserved) : AdjustAnswer;

    public sealed record KeyReused : AdjustAnswer;
}

/// <summary>An entry in the book of the shelf.</summary>
internal sealed class AdjustmentEntry
{
    public required string Sku { get; init; }

    /// <summary>As the caller gave it; a product has each at most once.</summary>
    public required string Key { get; init; }

    public required int Delta { get; init; }
    public required string Reason { get; init; }

    /// <summary>Pieces on the shelf after it.</summary>
    public required int OnHand { get; init; }

    public required DateTimeOffset At { get; init; }
}

internal static partial class StockAdmin
{
    private const string KeyHeader = "Idempotency-Key";

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
        [FromHeader(Name = KeyHeader), Required] string? idempotencyKey,
        StockAdjustment adjustment,
        AdjustingStock stock,
        CancellationToken cancellationToken)
    {
        // Checked here, because [Required] on a header only shows in the OpenAPI document.
        if (idempotencyKey is null || !KeyPattern().IsMatch(idempotencyKey))
            return Refusals.Field(KeyHeader, "Needed: 1 to 128 visible ASCII characters, new for each adjustment and the same for each retry of it.");

        return await stock.AdjustAsync(idempotencyKey, sku, adjustment, cancellationToken) switch
        {
            AdjustAnswer.Adjusted({ } entry) => TypedResults.Ok(new StockAdjusted(entry.Sku, entry.Delta, entry.Reason, entry.OnHand, entry.At)),
            AdjustAnswer.UnknownProduct => Refusals.UnknownProduct(sku),
            AdjustAnswer.OutOfRange(var onHand, var reserved) => Refusals.StockOutOfRange(onHand, reserved),
            AdjustAnswer.KeyReused => Refusals.KeyReused(),
            var unknown => throw new InvalidOperationException($"No reply for {unknown}."),
        };
    }

    [GeneratedRegex(@"\A[!-~]{1,128}\z")]
    private static partial Regex KeyPattern();
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

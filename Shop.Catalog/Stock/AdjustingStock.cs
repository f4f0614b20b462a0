using Microsoft.EntityFrameworkCore;
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
                Key = key, Sku = sku, Delta = wanted.Delta.Value, Reason = wanted.Reason, OnHand = (int)onHand, At = time.GetStorableNow(),
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

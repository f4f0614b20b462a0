using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Data;
using Shop.Telemetry.Events;

namespace Shop.Catalog.Stock;

/// <summary>Adjusts the stock on hand of a product, for example after a delivery or a stock count. Idempotent by key.</summary>
internal sealed class AdjustStock(CatalogDbContext db, TimeProvider timeProvider, AuditLog audit)
{
    public async Task<AdjustResult> AdjustAsync(
        string key, string sku, StockAdjustment adjustment, CancellationToken cancellationToken)
    {
        var (result, isRepeated) = await db.InTransactionAsync<(AdjustResult, bool)>(async cancellation =>
        {
            // A concurrent request with the same key waits for this lock and then finds the entry of the first request.
            var rows = await db.Database
                .SqlQuery<StockLevelRow>(
                    $"""select on_hand as "OnHand", reserved as "Reserved" from stock where sku = {sku} for update""")
                .ToListAsync(cancellation);
            if (rows is not [var level])
            {
                return (new AdjustResult.UnknownProduct(), false);
            }

            var existing = await db.StockAdjustments.AsNoTracking()
                .SingleOrDefaultAsync(entry => entry.Sku == sku && entry.Key == key, cancellation);
            if (existing is not null)
            {
                return existing.Delta == adjustment.Delta && existing.Reason == adjustment.Reason
                    ? (new AdjustResult.Adjusted(existing), true)
                    : (new AdjustResult.KeyReused(), false);
            }

            var onHand = (long)level.OnHand + adjustment.Delta!.Value;
            if (onHand < level.Reserved || onHand > StockItem.MaxQuantity)
            {
                return (new AdjustResult.OutOfRange(level.OnHand, level.Reserved), false);
            }

            var entry = new StockAdjustmentEntry
            {
                Key = key,
                Sku = sku,
                Delta = adjustment.Delta.Value,
                Reason = adjustment.Reason,
                OnHand = (int)onHand,
                At = timeProvider.GetUtcNowInMicroseconds(),
            };
            db.Add(entry);
            await db.SaveChangesAsync(cancellation);
            await db.Stock.Where(item => item.Sku == sku)
                .ExecuteUpdateAsync(set => set.SetProperty(item => item.OnHand, entry.OnHand), cancellation);
            return (new AdjustResult.Adjusted(entry), false);
        }, cancellationToken);

        // Also for a repeated request, because the response to the first one may have been lost before its record was written.
        if (result is AdjustResult.Adjusted(var made))
        {
            audit.StockAdjusted(sku, made.Delta, made.OnHand, made.Reason, isRepeated);
        }

        return result;
    }

    private sealed record StockLevelRow(int OnHand, int Reserved);
}

/// <summary>The result of <see cref="AdjustStock"/>.</summary>
internal abstract record AdjustResult
{
    public sealed record Adjusted(StockAdjustmentEntry Entry) : AdjustResult;

    public sealed record UnknownProduct : AdjustResult;

    /// <summary>The stock on hand would be less than the reserved quantity or exceed the maximum.</summary>
    public sealed record OutOfRange(int OnHand, int Reserved) : AdjustResult;

    /// <summary>The key was used for an adjustment with another delta or reason.</summary>
    public sealed record KeyReused : AdjustResult;
}

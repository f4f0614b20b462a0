using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Storage;
using Shop.Contracts.Events;
using Shop.ServiceDefaults.Events;

namespace Shop.Catalog.Stock;

/// <summary>Takes all lines of an order out of the available stock, or none.</summary>
internal sealed class ReservingStock(CatalogDb db, TimeProvider time, JourneyEvents events, ILogger<ReservingStock> log)
{
    public Task<ReserveAnswer> ReserveAsync(Guid orderId, IReadOnlyCollection<Wanted> lines, CancellationToken cancellationToken) =>
        // May run twice when the connection breaks, even after a commit whose answer got lost: the second run finds the reservation.
        db.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            db.ChangeTracker.Clear();
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

            // The first to insert does the work. A second delivery at the same moment waits here until the first is through.
            var inserted = await db.Database.ExecuteSqlAsync(
                $"""
                 insert into reservations (order_id, state, changed_at) values ({orderId}, {nameof(ReservationState.Held)}, {time.GetUtcNow()})
                 on conflict (order_id) do nothing
                 """, cancellationToken);
            if (inserted == 0)
                return await AnswerAgainAsync(orderId, cancellationToken);

            var shortages = new List<Wanted>();
            // All orders take their rows in the same sequence, so that no two wait for each other.
            foreach (var (sku, quantity) in lines.OrderBy(line => line.Sku, StringComparer.Ordinal))
            {
                var taken = await db.Stock
                    .Where(item => item.Sku == sku && item.OnHand - item.Reserved >= quantity)
                    .ExecuteUpdateAsync(set => set.SetProperty(item => item.Reserved, item => item.Reserved + quantity), cancellationToken);
                if (taken == 0)
                    shortages.Add(new Wanted(sku, quantity));
            }

            if (shortages.Count > 0)
            {
                await transaction.RollbackAsync(cancellationToken);
                events.Write(new CatalogEvents.StockRefused(orderId, string.Join(',', shortages.Select(shortage => shortage.Sku))));
                return new ReserveAnswer.OutOfStock(await WithAvailableAsync(shortages, cancellationToken));
            }

            db.AddRange(lines.Select(line => new ReservationLine { OrderId = orderId, Sku = line.Sku, Quantity = line.Quantity }));
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            events.Write(new CatalogEvents.StockReserved(orderId, lines.Count, lines.Sum(line => line.Quantity)));
            return new ReserveAnswer.Reserved();
        });

    private async Task<ReserveAnswer> AnswerAgainAsync(Guid orderId, CancellationToken cancellationToken)
    {
        var state = await db.Reservations.Where(reservation => reservation.OrderId == orderId)
            .Select(reservation => reservation.State).SingleAsync(cancellationToken);
        log.StockAskedAgain(orderId, state.ToString());
        return state is ReservationState.Held ? new ReserveAnswer.Reserved() : new ReserveAnswer.Released();
    }

    private async Task<IReadOnlyList<Shortage>> WithAvailableAsync(List<Wanted> shortages, CancellationToken cancellationToken)
    {
        var skus = shortages.ConvertAll(shortage => shortage.Sku);
        var available = await db.Stock.Where(item => skus.Contains(item.Sku))
            .ToDictionaryAsync(item => item.Sku, item => item.OnHand - item.Reserved, cancellationToken);
        return shortages.ConvertAll(shortage => new Shortage(shortage.Sku, shortage.Quantity, available.GetValueOrDefault(shortage.Sku)));
    }
}

internal readonly record struct Wanted(string Sku, int Quantity);

internal readonly record struct Shortage(string Sku, int Requested, int Available);

internal abstract record ReserveAnswer
{
    public sealed record Reserved : ReserveAnswer;

    public sealed record OutOfStock(IReadOnlyList<Shortage> Shortages) : ReserveAnswer;

    /// <summary>The order was rejected before: a late or repeated request takes nothing any more.</summary>
    public sealed record Released : ReserveAnswer;
}

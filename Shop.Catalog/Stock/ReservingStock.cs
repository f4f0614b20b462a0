using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Catalog.Storage;

namespace Shop.Catalog.Stock;

/// <summary>Takes all lines of an order out of the available stock for a while, or none.</summary>
internal sealed class ReservingStock(CatalogDb db, IOptions<StockOptions> options, TimeProvider time, ILogger<ReservingStock> log)
{
    public Task<ReserveAnswer> ReserveAsync(Guid orderId, IReadOnlyCollection<Wanted> lines, CancellationToken cancellationToken) =>
        db.InTransactionAsync(async cancellation =>
        {
            var now = time.GetUtcNow();
            var expiresAt = now + options.Value.HoldFor;

            // The first to insert does the work. A second delivery at the same moment waits here until the first is through.
            var inserted = await db.Database.ExecuteSqlAsync(
                $"""
                 insert into reservations (order_id, state, changed_at, expires_at)
                 values ({orderId}, {nameof(ReservationState.Held)}, {now}, {expiresAt})
                 on conflict (order_id) do nothing
                 """, cancellation);
            return inserted == 1
                ? await HoldAsync(orderId, lines, cancellation)
                : await AskedAgainAsync(orderId, now, expiresAt, cancellation);
        }, cancellationToken);

    private async Task<ReserveAnswer> HoldAsync(Guid orderId, IReadOnlyCollection<Wanted> lines, CancellationToken cancellationToken)
    {
        var shortages = await db.LockAndCheckAsync(lines, cancellationToken);
        if (shortages.Count > 0)
        {
            // Nothing is kept of a refusal, so that the same order may ask again when there is more.
            await db.Reservations.Where(reservation => reservation.OrderId == orderId).ExecuteDeleteAsync(cancellationToken);
            log.StockRefused(orderId, shortages.Select(shortage => shortage.Sku));
            return new ReserveAnswer.OutOfStock(shortages);
        }

        await db.Database.ExecuteSqlAsync(
            $"""
             insert into reservation_lines (order_id, sku, quantity)
             select {orderId}, line.sku, line.quantity
             from unnest({lines.Select(line => line.Sku).ToArray()}, {lines.Select(line => line.Quantity).ToArray()}) as line(sku, quantity)
             """, cancellationToken);
        await db.HoldAsync(orderId, cancellationToken);
        log.StockReserved(orderId, lines.Sum(line => line.Quantity), lines.Count);
        return new ReserveAnswer.Reserved();
    }

    private async Task<ReserveAnswer> AskedAgainAsync(Guid orderId, DateTimeOffset now, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        var state = await db.LockReservationAsync(orderId, cancellationToken);
        log.StockAskedAgain(orderId, state);
        switch (state)
        {
            case ReservationState.Held:
                await db.SetStateAsync(orderId, ReservationState.Held, now, expiresAt, cancellationToken);
                return new ReserveAnswer.Reserved();

            case ReservationState.Expired:
                // What was asked for first counts: an order does not change.
                var shortages = await db.LockAndCheckAsync(await db.LinesOfAsync(orderId, cancellationToken), cancellationToken);
                if (shortages.Count > 0)
                    return new ReserveAnswer.OutOfStock(shortages);
                await db.HoldAsync(orderId, cancellationToken);
                await db.SetStateAsync(orderId, ReservationState.Held, now, expiresAt, cancellationToken);
                return new ReserveAnswer.Reserved();

            case ReservationState.Committed:
                return new ReserveAnswer.Committed();

            default:
                return new ReserveAnswer.Released();
        }
    }
}

internal abstract record ReserveAnswer
{
    public sealed record Reserved : ReserveAnswer;

    public sealed record OutOfStock(IReadOnlyList<Shortage> Shortages) : ReserveAnswer;

    /// <summary>The order was rejected before: a late or repeated request takes nothing any more.</summary>
    public sealed record Released : ReserveAnswer;

    /// <summary>The pieces have left the shelf for this order already.</summary>
    public sealed record Committed : ReserveAnswer;
}

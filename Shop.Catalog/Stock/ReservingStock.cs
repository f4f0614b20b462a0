using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Catalog.Storage;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;

namespace Shop.Catalog.Stock;

/// <summary>Takes all lines of an order out of the available stock for a while, or none.</summary>
internal sealed class ReservingStock(CatalogDb db, IOptions<StockOptions> options, TimeProvider time, JourneyEvents events, ILogger<ReservingStock> log)
{
    public async Task<ReserveAnswer> ReserveAsync(Guid orderId, IReadOnlyList<Wanted> lines, CancellationToken cancellationToken)
    {
        var moved = await db.InTransactionAsync(async cancellation =>
        {
            var now = time.GetUtcNow();
            var expiresAt = now + options.Value.HoldFor;

            // The first to insert does the work. A second delivery at the same moment waits here until the first is through.
            var inserted = await db.Database.ExecuteSqlAsync(
                $"""
                 insert into reservations (order_id, state, changed_at, expires_at, journey)
                 values ({orderId}, {nameof(ReservationState.Held)}, {now}, {expiresAt}, {JourneySnapshot.Capture()})
                 on conflict (order_id) do nothing
                 """, cancellation);
            return inserted == 1
                ? await HoldAsync(orderId, lines, cancellation)
                : await AskedAgainAsync(orderId, now, expiresAt, cancellation);
        }, cancellationToken);
        return moved.Told(events);
    }

    private async Task<Moved<ReserveAnswer>> HoldAsync(Guid orderId, IReadOnlyList<Wanted> lines, CancellationToken cancellationToken)
    {
        var shortages = await db.LockAndCheckAsync(lines, cancellationToken);
        if (shortages.Count > 0)
        {
            // Nothing is kept of a refusal, so that the same order may ask again when there is more.
            await db.Reservations.Where(reservation => reservation.OrderId == orderId).ExecuteDeleteAsync(cancellationToken);
            return Refused(orderId, shortages);
        }

        await db.Database.ExecuteSqlAsync(
            $"""
             insert into reservation_lines (order_id, sku, quantity)
             select {orderId}, line.sku, line.quantity
             from unnest({lines.Select(line => line.Sku).ToArray()}, {lines.Select(line => line.Quantity).ToArray()}) as line(sku, quantity)
             """, cancellationToken);
        return await HeldAsync(orderId, lines, cancellationToken);
    }

    private async Task<Moved<ReserveAnswer>> AskedAgainAsync(Guid orderId, DateTimeOffset now, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        var state = await db.LockReservationAsync(orderId, cancellationToken);
        log.StockAskedAgain(orderId, state);
        switch (state)
        {
            case ReservationState.Held:
                await db.SetStateAsync(orderId, ReservationState.Held, now, expiresAt, cancellationToken);
                return new(new ReserveAnswer.Reserved());

            case ReservationState.Expired:
                // What was asked for first counts: an order does not change.
                var lines = await db.LinesOfAsync(orderId, cancellationToken);
                var shortages = await db.LockAndCheckAsync(lines, cancellationToken);
                if (shortages.Count > 0)
                    return Refused(orderId, shortages);
                await db.SetStateAsync(orderId, ReservationState.Held, now, expiresAt, cancellationToken);
                return await HeldAsync(orderId, lines, cancellationToken);

            case ReservationState.Committed:
                return new(new ReserveAnswer.Committed());

            default:
                return new(new ReserveAnswer.Released());
        }
    }

    private async Task<Moved<ReserveAnswer>> HeldAsync(Guid orderId, IReadOnlyList<Wanted> lines, CancellationToken cancellationToken)
    {
        await db.HoldAsync(orderId, cancellationToken);
        return new(new ReserveAnswer.Reserved(), new CatalogEvents.StockReserved(orderId, lines.Count, lines.Sum(line => line.Quantity)));
    }

    private static Moved<ReserveAnswer> Refused(Guid orderId, IReadOnlyList<Shortage> shortages) => new(
        new ReserveAnswer.OutOfStock(shortages), new CatalogEvents.StockRejected(orderId, shortages.Skus()));
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

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Catalog.Data;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;

namespace Shop.Catalog.Stock;

/// <summary>Reserves stock for all lines of an order, or for none of them, until the reservation timeout.</summary>
internal sealed class ReserveStock(
    CatalogDbContext db, IOptions<StockOptions> options, TimeProvider timeProvider, JourneyEvents events, ILogger<ReserveStock> log)
{
    public async Task<ReserveResult> ReserveAsync(Guid orderId, IReadOnlyList<StockLine> lines, CancellationToken cancellationToken)
    {
        var change = await db.InTransactionAsync(async cancellation =>
        {
            var now = timeProvider.GetUtcNow();
            var expiresAt = now + options.Value.ReservationTimeout;

            // The insert decides which of concurrent requests for the order reserves the stock. The others wait here for its transaction.
            var inserted = await db.Database.ExecuteSqlAsync(
                $"""
                 insert into reservations (order_id, state, changed_at, expires_at, journey)
                 values ({orderId}, {nameof(ReservationState.Reserved)}, {now}, {expiresAt}, {JourneySnapshot.Capture()})
                 on conflict (order_id) do nothing
                 """, cancellation);
            return inserted == 1
                ? await ReserveNewAsync(orderId, lines, cancellation)
                : await ReserveAgainAsync(orderId, now, expiresAt, cancellation);
        }, cancellationToken);
        return change.Emit(events);
    }

    private async Task<StockChange<ReserveResult>> ReserveNewAsync(
        Guid orderId, IReadOnlyList<StockLine> lines, CancellationToken cancellationToken)
    {
        var shortages = await db.LockAndCheckAsync(lines, cancellationToken);
        if (shortages.Count > 0)
        {
            // A rejected order has no reservation, so that a later request can succeed.
            await db.Reservations.Where(reservation => reservation.OrderId == orderId).ExecuteDeleteAsync(cancellationToken);
            return OutOfStock(orderId, shortages);
        }

        var (skus, quantities) = (lines.Select(line => line.Sku).ToArray(), lines.Select(line => line.Quantity).ToArray());
        await db.Database.ExecuteSqlAsync(
            $"""
             insert into reservation_lines (order_id, sku, quantity)
             select {orderId}, line.sku, line.quantity
             from unnest({skus}, {quantities}) as line(sku, quantity)
             """, cancellationToken);
        return await ReserveLinesAsync(orderId, lines, cancellationToken);
    }

    private async Task<StockChange<ReserveResult>> ReserveAgainAsync(
        Guid orderId, DateTimeOffset now, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        var state = await db.LockReservationAsync(orderId, cancellationToken);
        log.ReservationRepeated(orderId, state);
        switch (state)
        {
            case ReservationState.Reserved:
                await db.SetStateAsync(orderId, ReservationState.Reserved, now, expiresAt, cancellationToken);
                return new(new ReserveResult.Reserved());

            case ReservationState.Expired:
                // The lines of an order do not change, so the stored lines are reserved.
                var lines = await db.GetLinesAsync(orderId, cancellationToken);
                var shortages = await db.LockAndCheckAsync(lines, cancellationToken);
                if (shortages.Count > 0)
                {
                    return OutOfStock(orderId, shortages);
                }

                await db.SetStateAsync(orderId, ReservationState.Reserved, now, expiresAt, cancellationToken);
                return await ReserveLinesAsync(orderId, lines, cancellationToken);

            case ReservationState.Committed:
                return new(new ReserveResult.Committed());

            default:
                return new(new ReserveResult.Released());
        }
    }

    private async Task<StockChange<ReserveResult>> ReserveLinesAsync(
        Guid orderId, IReadOnlyList<StockLine> lines, CancellationToken cancellationToken)
    {
        await db.ReserveStockAsync(orderId, cancellationToken);
        return new(
            new ReserveResult.Reserved(), new CatalogEvents.StockReserved(orderId, lines.Count, lines.Sum(line => line.Quantity)));
    }

    private static StockChange<ReserveResult> OutOfStock(Guid orderId, IReadOnlyList<Shortage> shortages) =>
        new(new ReserveResult.OutOfStock(shortages), new CatalogEvents.StockRejected(orderId, shortages.JoinSkus()));
}

/// <summary>The result of <see cref="ReserveStock"/>.</summary>
internal abstract record ReserveResult
{
    public sealed record Reserved : ReserveResult;

    /// <summary>At least one line exceeds the available stock. Nothing is reserved.</summary>
    public sealed record OutOfStock(IReadOnlyList<Shortage> Shortages) : ReserveResult;

    /// <summary>The order was released before. Nothing is reserved.</summary>
    public sealed record Released : ReserveResult;

    /// <summary>The reservation of the order was committed before.</summary>
    public sealed record Committed : ReserveResult;
}

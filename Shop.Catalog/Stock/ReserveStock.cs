using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Catalog.Data;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;

namespace Shop.Catalog.Stock;

/// <summary>Reserves stock for all lines of an order, or for none of them, until the reservation timeout.</summary>
internal sealed class ReserveStock(
    CatalogDbContext db, IOptions<StockOptions> options, TimeProvider timeProvider, JourneyEvents events, ILogger<ReserveStock> log)
{
    public async Task<ReserveResult> ReserveAsync(Guid orderId, IReadOnlyList<StockLine> lines, CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = timeProvider.GetUtcNow();
            var expiresAt = now + options.Value.ReservationTimeout;
            if (await db.TryReserveNewAsync(orderId, lines, now, expiresAt, cancellationToken))
            {
                return Reserved(orderId, lines).Emit(events);
            }

            var change = await db.InTransactionAsync(
                cancellation => ReserveOtherwiseAsync(orderId, lines, now, expiresAt, cancellation), cancellationToken);
            if (change is { } made)
            {
                return made.Emit(events);
            }
        }
    }

    // Returns null if the order is new, and its stock is available again, or was reserved by the same request meanwhile.
    private async Task<StockChange<ReserveResult>?> ReserveOtherwiseAsync(
        Guid orderId, IReadOnlyList<StockLine> lines, DateTimeOffset now, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        if (await db.LockReservationAsync(orderId, cancellationToken) is { } state)
        {
            return await ReserveAgainAsync(orderId, state, now, expiresAt, cancellationToken);
        }

        // A rejected order has no reservation, so that a later request can succeed.
        var shortages = await db.LockAndCheckAsync(lines, cancellationToken);
        return shortages.Count > 0
            && !await db.Reservations.AnyAsync(reservation => reservation.OrderId == orderId, cancellationToken)
            ? OutOfStock(orderId, shortages)
            : null;
    }

    private async Task<StockChange<ReserveResult>> ReserveAgainAsync(
        Guid orderId, ReservationState state, DateTimeOffset now, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
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
                await db.ReserveStockAsync(orderId, cancellationToken);
                return Reserved(orderId, lines);

            case ReservationState.Committed:
                return new(new ReserveResult.Committed());

            default:
                return new(new ReserveResult.Released());
        }
    }

    private static StockChange<ReserveResult> Reserved(Guid orderId, IReadOnlyList<StockLine> lines) =>
        new(new ReserveResult.Reserved(), new CatalogEvents.StockReserved(orderId, lines.Count, lines.Sum(line => line.Quantity)));

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

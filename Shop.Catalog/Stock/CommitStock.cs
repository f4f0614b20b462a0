using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Data;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Telemetry.Events;

namespace Shop.Catalog.Stock;

/// <summary>
/// Commits the reservation of an order. An expired reservation is reserved again if its units are still available. Orders commits the
/// stock before it confirms an order, so that no order is confirmed without its stock (docs/consistency.md).
/// </summary>
internal sealed class CommitStock(CatalogDbContext db, TimeProvider timeProvider, JourneyEvents events, ILogger<CommitStock> log)
{
    public async Task<CommitResult> CommitAsync(Guid orderId, CancellationToken cancellationToken)
    {
        if (await db.TryCommitReservedAsync(orderId, timeProvider.GetUtcNow(), cancellationToken))
        {
            events.Emit(new CatalogEvents.StockCommitted(orderId));
            return CommitResult.Committed;
        }

        var change = await db.InTransactionAsync<StockChange<CommitResult>>(async cancellation =>
        {
            switch (await db.LockReservationAsync(orderId, cancellation))
            {
                case ReservationState.Reserved:
                    break;

                case ReservationState.Expired:
                    var shortages = await db.LockAndCheckAsync(await db.GetLinesAsync(orderId, cancellation), cancellation);
                    if (shortages.Count > 0)
                    {
                        return new(CommitResult.Lost, new CatalogEvents.StockLost(orderId, shortages.JoinSkus()));
                    }

                    await db.ReserveStockAsync(orderId, cancellation);
                    log.ReservationRenewed(orderId);
                    break;

                case ReservationState.Committed:
                    return new(CommitResult.Committed);

                case ReservationState.Released:
                    return new(CommitResult.Released);

                case null:
                    return new(CommitResult.NotFound);
            }

            await db.CommitStockAsync(orderId, cancellation);
            await db.SetStateAsync(orderId, ReservationState.Committed, timeProvider.GetUtcNow(), expiresAt: null, cancellation);
            return new(CommitResult.Committed, new CatalogEvents.StockCommitted(orderId));
        }, cancellationToken);
        return change.Emit(events);
    }

    /// <summary>Whether the reservation of an order is committed, which it stays. Locks nothing.</summary>
    public Task<bool> IsCommittedAsync(Guid orderId, CancellationToken cancellationToken) => db.Reservations.AnyAsync(
        reservation => reservation.OrderId == orderId && reservation.State == ReservationState.Committed, cancellationToken);
}

/// <summary>The result of <see cref="CommitStock"/>.</summary>
internal enum CommitResult
{
    Committed,

    /// <summary>The reservation had expired and its units were sold to other orders.</summary>
    Lost,

    /// <summary>The order was released before.</summary>
    Released,

    /// <summary>The order has no reservation.</summary>
    NotFound,
}

/// <summary>
/// Commits the stock of a confirmed order. Orders commits it before it publishes the message, so the reservation is committed already,
/// unless a modified Orders service omits that call.
/// </summary>
internal sealed class OrderConfirmedHandler(CommitStock commitStock) : IMessageHandler<OrderConfirmed>
{
    public async Task HandleAsync(OrderConfirmed message, MessageContext context, CancellationToken cancellationToken)
    {
        var orderId = message.OrderId;
        if (await commitStock.IsCommittedAsync(orderId, cancellationToken))
        {
            return;
        }

        var result = await commitStock.CommitAsync(orderId, cancellationToken);
        if (result is not CommitResult.Committed)
        {
            throw new InvalidMessageException($"Order {orderId} is confirmed, but its stock was not committed: {result}.");
        }
    }
}

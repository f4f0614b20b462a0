using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Data;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Telemetry.Events;

namespace Shop.Catalog.Stock;

/// <summary>Releases the reservation of an order that will not be fulfilled. A committed reservation stays committed.</summary>
internal sealed class ReleaseStock(CatalogDbContext db, TimeProvider timeProvider, JourneyEvents events)
{
    /// <summary>Releases the reservation of an order, if any, and rejects later reservations for it.</summary>
    /// <returns>False if the reservation is committed.</returns>
    public async Task<bool> ReleaseAsync(Guid orderId, string reason, CancellationToken cancellationToken)
    {
        var change = await db.InTransactionAsync<StockChange<bool>>(async cancellation =>
        {
            // An order without a reservation is marked as released too: its request may arrive later and must be rejected.
            var now = timeProvider.GetUtcNow();
            var inserted = await db.Database.ExecuteSqlAsync(
                $"""
                 insert into reservations (order_id, state, changed_at) values ({orderId}, {nameof(ReservationState.Released)}, {now})
                 on conflict (order_id) do nothing
                 """, cancellation);
            if (inserted == 1)
            {
                return new(true, new CatalogEvents.StockReleased(orderId, reason));
            }

            switch (await db.LockReservationAsync(orderId, cancellation))
            {
                case ReservationState.Reserved:
                    await db.ReleaseStockAsync(orderId, cancellation);
                    break;
                case ReservationState.Committed:
                    return new(false);
                case ReservationState.Released:
                    return new(true);
            }

            await db.SetStateAsync(orderId, ReservationState.Released, now, expiresAt: null, cancellation);
            return new(true, new CatalogEvents.StockReleased(orderId, reason));
        }, cancellationToken);
        return change.Emit(events);
    }
}

internal sealed class OrderRejectedHandler(ReleaseStock releaseStock) : IMessageHandler<OrderRejected>
{
    public Task HandleAsync(OrderRejected message, MessageContext context, CancellationToken cancellationToken) =>
        releaseStock.ReleaseAsync(message.OrderId, message.Reason, cancellationToken);
}

internal sealed class OrderCancelledHandler(ReleaseStock releaseStock) : IMessageHandler<OrderCancelled>
{
    public Task HandleAsync(OrderCancelled message, MessageContext context, CancellationToken cancellationToken) =>
        releaseStock.ReleaseAsync(message.OrderId, "cancelled", cancellationToken);
}

/// <summary>
/// Releases the stock of a refunded order. An order whose stock was lost has no reserved stock, but must not reserve any later either.
/// </summary>
internal sealed class OrderRefundedHandler(ReleaseStock releaseStock) : IMessageHandler<OrderRefunded>
{
    public Task HandleAsync(OrderRefunded message, MessageContext context, CancellationToken cancellationToken) =>
        releaseStock.ReleaseAsync(message.OrderId, "refunded", cancellationToken);
}

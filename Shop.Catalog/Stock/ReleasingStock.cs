using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Storage;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Telemetry.Events;

namespace Shop.Catalog.Stock;

/// <summary>Gives back what an order held that will not be carried out. What has left the shelf stays away.</summary>
internal sealed class ReleasingStock(CatalogDb db, TimeProvider time, JourneyEvents events)
{
    /// <summary>False when it is too late: the pieces have left the shelf.</summary>
    public async Task<bool> ReleaseAsync(Guid orderId, string reason, CancellationToken cancellationToken)
    {
        var moved = await db.InTransactionAsync<bool>(async cancellation =>
        {
            // An order that holds nothing is marked too: its request may still be on the way, and must find the door closed.
            var now = time.GetUtcNow();
            var inserted = await db.Database.ExecuteSqlAsync(
                $"""
                 insert into reservations (order_id, state, changed_at) values ({orderId}, {nameof(ReservationState.Released)}, {now})
                 on conflict (order_id) do nothing
                 """, cancellation);
            if (inserted == 1)
                return new(true, new CatalogEvents.StockReleased(orderId, reason));

            switch (await db.LockReservationAsync(orderId, cancellation))
            {
                case ReservationState.Held:
                    await db.LetGoAsync(orderId, cancellation);
                    break;
                case ReservationState.Committed:
                    return new(false);
                case ReservationState.Released:
                    return new(true);
            }

            await db.SetStateAsync(orderId, ReservationState.Released, now, expiresAt: null, cancellation);
            return new(true, new CatalogEvents.StockReleased(orderId, reason));
        }, cancellationToken);
        return moved.Told(events);
    }
}

internal sealed class OrderRejectedHandler(ReleasingStock stock) : IMessageHandler<OrderRejected>
{
    public Task HandleAsync(OrderRejected message, MessageContext context, CancellationToken cancellationToken) =>
        stock.ReleaseAsync(message.OrderId, message.Reason, cancellationToken);
}

internal sealed class OrderCancelledHandler(ReleasingStock stock) : IMessageHandler<OrderCancelled>
{
    public Task HandleAsync(OrderCancelled message, MessageContext context, CancellationToken cancellationToken) =>
        stock.ReleaseAsync(message.OrderId, "cancelled", cancellationToken);
}

/// <summary>An order that was paid and then found its stock lost may hold nothing, but must not get anything later either.</summary>
internal sealed class OrderRefundedHandler(ReleasingStock stock) : IMessageHandler<OrderRefunded>
{
    public Task HandleAsync(OrderRefunded message, MessageContext context, CancellationToken cancellationToken) =>
        stock.ReleaseAsync(message.OrderId, "refunded", cancellationToken);
}

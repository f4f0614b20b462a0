using MassTransit;
using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Storage;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
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

internal sealed class OrderRejectedConsumer(ReleasingStock stock) : IConsumer<OrderRejected>
{
    public Task Consume(ConsumeContext<OrderRejected> context) =>
        stock.ReleaseAsync(context.Message.OrderId, context.Message.Reason, context.CancellationToken);
}

internal sealed class OrderCancelledConsumer(ReleasingStock stock) : IConsumer<OrderCancelled>
{
    public Task Consume(ConsumeContext<OrderCancelled> context) =>
        stock.ReleaseAsync(context.Message.OrderId, "cancelled", context.CancellationToken);
}

/// <summary>An order that was paid and then found its stock lost may hold nothing, but must not get anything later either.</summary>
internal sealed class OrderRefundedConsumer(ReleasingStock stock) : IConsumer<OrderRefunded>
{
    public Task Consume(ConsumeContext<OrderRefunded> context) =>
        stock.ReleaseAsync(context.Message.OrderId, "refunded", context.CancellationToken);
}

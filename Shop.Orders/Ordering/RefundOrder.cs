using Shop.Contracts.Events;
using Shop.Orders.Data;
using Shop.Telemetry.Events;

namespace Shop.Orders.Ordering;

/// <summary>
/// Refunds a confirmed order in full. The status is saved first; then the payment is reversed and the refund is published, by the
/// <see cref="OverdueOrderWorker"/> if this replica does not complete it.
/// </summary>
internal sealed class RefundOrder(OrdersDbContext db, OrderCompletion completion, TimeProvider time, JourneyEvents events)
{
    public async Task<ChangeOrderResult> RefundAsync(Guid orderId, string reason, CancellationToken cancellationToken) =>
        await db.UpdateOrderAsync<ChangeOrderResult>(
            orderId,
            async order =>
            {
                if (order.Status is OrderStatus.Refunded)
                {
                    return new ChangeOrderResult.Changed(order); // by an earlier request
                }

                // A paid order is not refundable yet: the shop is about to confirm it, or to refund it itself if the stock is lost.
                if (order.Status is not OrderStatus.Confirmed)
                {
                    return new ChangeOrderResult.InvalidStatus(order.Status);
                }

                var now = time.GetUtcNow();
                order.Refund(reason, now);
                order.ScheduleFollowUp(completion.GetLeaseEnd(now));
                await db.SaveChangesAsync(cancellationToken);

                events.Emit(new OrderEvents.Refunded(orderId, order.CartId, order.Total.Amount, order.Total.Currency, reason));
                await completion.TryCompleteAsync(order, cancellationToken);
                return new ChangeOrderResult.Changed(order);
            },
            cancellationToken)
        ?? new ChangeOrderResult.UnknownOrder();
}

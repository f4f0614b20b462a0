using Shop.Contracts.Events;
using Shop.Orders.Data;
using Shop.Telemetry.Events;

namespace Shop.Orders.Ordering;

/// <summary>
/// Cancels an order that is not paid yet. The status is saved first; then the payment is reversed and the cancellation is published, by the
/// <see cref="OverdueOrderWorker"/> if this replica does not complete it.
/// </summary>
internal sealed class CancelOrder(OrdersDbContext db, OrderCompletion completion, TimeProvider time, JourneyEvents events)
{
    public async Task<ChangeOrderResult> CancelAsync(Guid orderId, string reason, CancellationToken cancellationToken) =>
        await db.UpdateOrderAsync<ChangeOrderResult>(
            orderId,
            async order =>
            {
                if (order.Status is OrderStatus.Cancelled)
                {
                    return new ChangeOrderResult.Changed(order); // by an earlier request
                }

                if (order.Status is not (OrderStatus.Submitted or OrderStatus.StockReserved))
                {
                    return new ChangeOrderResult.InvalidStatus(order.Status);
                }

                var now = time.GetUtcNow();
                order.Cancel(reason, now);
                order.ScheduleFollowUp(completion.GetLeaseEnd(now));
                await db.SaveChangesAsync(cancellationToken);

                events.Emit(new OrderEvents.Cancelled(orderId, order.CartId, reason));
                await completion.TryCompleteAsync(order, cancellationToken);
                return new ChangeOrderResult.Changed(order);
            },
            cancellationToken)
        ?? new ChangeOrderResult.UnknownOrder();
}

using Shop.Telemetry.Events;

namespace Shop.Orders.Ordering;

/// <summary>
/// Refunds a paid order in full. The status is saved first; then the payment is reversed and the refund is published, by the
/// <see cref="OverdueOrderWorker"/> if this replica does not complete it.
/// </summary>
internal sealed class RefundOrder(OrderStore store, OrderCompletion completion, AuditLog audit)
{
    public async Task<ChangeOrderResult> RefundAsync(Guid orderId, string reason, CancellationToken cancellationToken) =>
        await store.UpdateAsync<ChangeOrderResult>(
            orderId,
            async order =>
            {
                if (order.Status is OrderStatus.Refunded)
                {
                    // The earlier request may have ended before its record was written.
                    audit.RefundRequested(orderId, order.Reason!, repeated: true);
                    return new ChangeOrderResult.Changed(order);
                }

                // An order is usually paid for milliseconds only. One that Catalog cannot confirm is refunded here.
                if (order.Status is not (OrderStatus.Paid or OrderStatus.Confirmed))
                {
                    return new ChangeOrderResult.InvalidStatus(order.Status);
                }

                order.Refund(reason, store.Now, store.LeaseEnd);
                await store.SaveAsync(order, cancellationToken);
                audit.RefundRequested(orderId, reason, repeated: false);
                await completion.TryCompleteAsync(order, cancellationToken);
                return new ChangeOrderResult.Changed(order);
            },
            cancellationToken)
        ?? new ChangeOrderResult.UnknownOrder();
}

namespace Shop.Orders.Ordering;

/// <summary>
/// Cancels an order that is not paid yet. The status is saved first; then the payment is reversed and the cancellation is published, by the
/// <see cref="OverdueOrderWorker"/> if this replica does not complete it.
/// </summary>
internal sealed class CancelOrder(OrderStore store, OrderCompletion completion)
{
    public async Task<ChangeOrderResult> CancelAsync(Guid orderId, string reason, CancellationToken cancellationToken) =>
        await store.UpdateAsync<ChangeOrderResult>(
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

                order.Cancel(reason, store.Now, store.LeaseEnd);
                await store.SaveAsync(order, cancellationToken);
                await completion.TryCompleteAsync(order, cancellationToken);
                return new ChangeOrderResult.Changed(order);
            },
            cancellationToken)
        ?? new ChangeOrderResult.UnknownOrder();
}

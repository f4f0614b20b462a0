using Grpc.Core;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Orders.Payment;
using Outcome = Shop.Contracts.Catalog.V1.CommitStockResponse.Types.Outcome;

namespace Shop.Orders.Ordering;

/// <summary>
/// Completes an order according to its saved status: commits the stock of a paid order, reverses the payment of a cancelled, rejected or
/// refunded order, and publishes the outcome. Every step is idempotent and is repeated until it is known to be done (docs/consistency.md).
/// </summary>
internal sealed class OrderCompletion(
    OrderStore store,
    Catalog.CatalogClient catalog,
    IPaymentProvider payment,
    IMessagePublisher publisher,
    ILogger<OrderCompletion> log)
{
    // A slow call would delay the caller; after this time the commit is retried later.
    internal static readonly TimeSpan CatalogTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Ends an order that is not paid in time. The payment provider decides: a payment that it has accepted is kept, and anything else
    /// rejects the order. Does nothing for an order that is paid or has ended.
    /// </summary>
    public async Task EndUnpaidAsync(Order order, CancellationToken cancellationToken)
    {
        if (order.Status is not (OrderStatus.Submitted or OrderStatus.StockReserved))
        {
            return;
        }

        // The stock is reserved before the card is charged.
        var result = order.Status is OrderStatus.StockReserved && !order.IsFree
            ? await payment.GetResultAsync(order.OrderId, cancellationToken)
            : null;
        switch (result)
        {
            case PaymentResult.Accepted:
                order.Pay(store.Now, store.LeaseEnd);
                log.PaymentFound(order.OrderId);
                break;
            case PaymentResult.ActionRequired:
                order.Reject(StatusReasons.PaymentNotConfirmed, store.Now, store.LeaseEnd);
                break;
            case PaymentResult.Declined(var declineReason):
                order.Reject(declineReason, store.Now, store.LeaseEnd);
                break;
            default:
                order.Reject(StatusReasons.ProcessingTimedOut, store.Now, store.LeaseEnd);
                break;
        }

        await store.SaveAsync(order, cancellationToken);
    }

    /// <summary>
    /// Completes the order. Returns when everything that follows from its status is done; at once if the order is not paid yet.
    /// </summary>
    public async Task CompleteAsync(Order order, CancellationToken cancellationToken)
    {
        if (order.Status is OrderStatus.Submitted or OrderStatus.StockReserved)
        {
            return;
        }

        if (order.Status is OrderStatus.Paid)
        {
            await CommitStockAsync(order, cancellationToken);
        }

        // Without a follow-up, the payment is reversed already.
        if (order is { IsFree: false, DueAt: not null, Status: OrderStatus.Rejected or OrderStatus.Cancelled or OrderStatus.Refunded })
        {
            await payment.ReverseAsync(order.OrderId, order.Total, cancellationToken);
        }

        await PublishOutcomeAsync(order, cancellationToken);

        if (order.DueAt is not null)
        {
            order.ClearFollowUp();
            await store.SaveAsync(order, cancellationToken);
        }
    }

    /// <summary>
    /// Completes an order that has a follow-up. A failure is logged and not thrown: the status is saved, and the
    /// <see cref="OverdueOrderWorker"/> completes the order later. The order then has the status that was saved last.
    /// </summary>
    public async Task TryCompleteAsync(Order order, CancellationToken cancellationToken)
    {
        if (order.DueAt is null)
        {
            return;
        }

        try
        {
            await CompleteAsync(order, cancellationToken);
        }
        catch (Exception exception)
        {
            store.Revert(order);
            log.OrderCompletionFailed(order.OrderId, order.Status, exception);
        }
    }

    // The stock is committed before the order is confirmed, so that no confirmed order lacks its stock.
    private async Task CommitStockAsync(Order order, CancellationToken cancellationToken)
    {
        if (await TryCommitStockAsync(order, cancellationToken))
        {
            order.Confirm(store.Now, store.LeaseEnd);
        }
        else
        {
            order.Refund(StatusReasons.ReservationLost, store.Now, store.LeaseEnd);
        }

        await store.SaveAsync(order, cancellationToken);
    }

    private async Task<bool> TryCommitStockAsync(Order order, CancellationToken cancellationToken)
    {
        try
        {
            var response = await catalog.CommitStockAsync(
                new CommitStockRequest { OrderId = order.OrderId.ToString() },
                deadline: store.Now.UtcDateTime + CatalogTimeout,
                cancellationToken: cancellationToken);
            return response.Outcome switch
            {
                Outcome.Committed => true,
                Outcome.Lost or Outcome.Released => false,
                // Retried, since a later version of this service may know the outcome. Staff can refund the order meanwhile.
                var unknown => throw new InvalidOperationException(
                    $"Catalog returned {unknown} for the commit of order {order.OrderId}."),
            };
        }
        // Catalog has lost the reservation, for example because its database was restored to an earlier state.
        catch (RpcException exception) when (exception.StatusCode is StatusCode.NotFound)
        {
            log.ReservationUnknown(order.OrderId);
            return false;
        }
    }

    private Task PublishOutcomeAsync(Order order, CancellationToken cancellationToken) => order.Status switch
    {
        OrderStatus.Confirmed => publisher.PublishAsync(
            new OrderConfirmed(
                order.OrderId,
                order.CartId,
                [.. order.Lines.Select(line => new OrderLine(line.Sku, line.Name, line.Quantity, line.UnitPrice))],
                order.Total,
                order.ChangedAt),
            order.OrderId, cancellationToken),
        OrderStatus.Rejected => publisher.PublishAsync(
            new OrderRejected(order.OrderId, order.CartId, order.Reason!, order.ChangedAt), order.OrderId, cancellationToken),
        OrderStatus.Cancelled => publisher.PublishAsync(
            new OrderCancelled(order.OrderId, order.CartId, order.Reason!, order.ChangedAt), order.OrderId, cancellationToken),
        OrderStatus.Refunded => publisher.PublishAsync(
            new OrderRefunded(order.OrderId, order.CartId, order.Total, order.Reason!, order.ChangedAt), order.OrderId, cancellationToken),
        _ => Task.CompletedTask,
    };
}

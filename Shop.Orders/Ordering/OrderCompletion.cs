using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Orders.Data;
using Shop.Orders.Payment;
using Shop.Telemetry.Events;
using Outcome = Shop.Contracts.Catalog.V1.CommitStockResponse.Types.Outcome;

namespace Shop.Orders.Ordering;

/// <summary>
/// Completes an order according to its saved status: commits the stock of a paid order, reverses the payment of a cancelled, rejected or
/// refunded order, and publishes the outcome. Every step is idempotent and is repeated until it is known to be done (docs/consistency.md).
/// </summary>
internal sealed class OrderCompletion(
    OrdersDbContext db,
    Catalog.CatalogClient catalog,
    IPaymentProvider payment,
    IMessagePublisher publisher,
    IOptions<OrderingOptions> options,
    TimeProvider time,
    JourneyEvents events,
    ILogger<OrderCompletion> log)
{
    // A slow call would delay the caller; after this time the commit is retried later.
    private static readonly TimeSpan _catalogTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Returns the time until which an order that is processed now is left to this replica.</summary>
    public DateTimeOffset GetLeaseEnd(DateTimeOffset now) => now + options.Value.LeaseDuration;

    /// <summary>Completes the order. Returns when everything that follows from its status is done.</summary>
    public async Task CompleteAsync(Order order, CancellationToken cancellationToken)
    {
        if (order.Status is OrderStatus.Paid)
        {
            await CommitStockAsync(order, cancellationToken);
        }

        // A rejected order without a follow-up is still carried by its message, and was never charged.
        if (order.Status is OrderStatus.Cancelled or OrderStatus.Refunded || order is { Status: OrderStatus.Rejected, DueAt: not null })
        {
            await payment.ReverseAsync(order.OrderId, order.Total, cancellationToken);
        }

        await PublishOutcomeAsync(order, cancellationToken);

        if (order.DueAt is not null)
        {
            order.ClearFollowUp();
            await db.SaveChangesAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Completes an order that has a follow-up. A failure is logged and not thrown: the status is saved, and the
    /// <see cref="OverdueOrderWorker"/> completes the order later.
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
            log.OrderCompletionFailed(order.OrderId, order.Status, exception);
        }
    }

    // The stock is committed before the order is confirmed, so that no confirmed order lacks its stock.
    private async Task CommitStockAsync(Order order, CancellationToken cancellationToken)
    {
        var response = await catalog.CommitStockAsync(
            new CommitStockRequest { OrderId = order.OrderId.ToString() },
            deadline: DateTime.UtcNow + _catalogTimeout,
            cancellationToken: cancellationToken);
        switch (response.Outcome)
        {
            case Outcome.Committed:
                order.Confirm(time.GetUtcNow());
                break;
            case Outcome.Lost or Outcome.Released:
                order.Refund(StatusReasons.ReservationLost, time.GetUtcNow());
                break;
            default:
                throw new NotSupportedException($"Catalog returned {response.Outcome} for the commit of order {order.OrderId}.");
        }

        await db.SaveChangesAsync(cancellationToken);
        events.Emit(order.Status is OrderStatus.Confirmed
            ? new OrderEvents.Confirmed(order.OrderId, order.CartId, order.Total.Amount, order.Total.Currency)
            : new OrderEvents.Refunded(order.OrderId, order.CartId, order.Total.Amount, order.Total.Currency, order.Reason!));
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

using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Orders.Payment;
using Shop.Orders.Storage;
using Shop.Telemetry.Events;
using Outcome = Shop.Contracts.Catalog.V1.CommitStockResponse.Types.Outcome;

namespace Shop.Orders.Ordering;

/// <summary>
/// Does what follows from an order's stored status: takes the stock of a paid order for good, pays back what must not be kept, and tells
/// everybody. All of it may be done twice, so it is done again until it is known to be done (docs/consistency.md).
/// </summary>
internal sealed class FinishingOrder(
    OrdersDb db,
    Catalog.CatalogClient catalog,
    IPaymentProvider payment,
    IMessagePublisher publisher,
    IOptions<OrderingOptions> options,
    TimeProvider time,
    JourneyEvents events,
    ILogger<FinishingOrder> log)
{
    // How long Catalog may take before it is tried again later.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    /// <summary>Until when somebody else leaves an order alone that is in hand now.</summary>
    public DateTimeOffset Grace(DateTimeOffset now) => now + options.Value.Grace;

    /// <summary>Returns when all that follows from the order's status is done.</summary>
    public async Task FinishAsync(Order order, CancellationToken cancellationToken)
    {
        if (order.Status is OrderStatus.Paid)
            await ConfirmAsync(order, cancellationToken);

        // Of the rejected orders, those that a message carries were never charged.
        if (order.Status is OrderStatus.Cancelled or OrderStatus.Refunded || order is { Status: OrderStatus.Rejected, DueAt: not null })
            await payment.PayBackAsync(order.OrderId, order.Total, cancellationToken);

        await TellAsync(order, cancellationToken);

        if (order.DueAt is not null)
        {
            order.NothingIsLeftToDo();
            await db.SaveChangesAsync(cancellationToken);
        }
    }

    /// <summary>For whoever answers a caller: the order's status is stored, and what could not be finished now is finished later.</summary>
    public async Task TryFinishAsync(Order order, CancellationToken cancellationToken)
    {
        if (order.DueAt is null)
            return;
        try
        {
            await FinishAsync(order, cancellationToken);
        }
        catch (Exception exception)
        {
            log.OrderUnfinished(order.OrderId, order.Status, exception);
        }
    }

    // Before anybody is told that the order is confirmed its pieces leave the shelf, so nobody else can have them.
    private async Task ConfirmAsync(Order order, CancellationToken cancellationToken)
    {
        var answer = await catalog.CommitStockAsync(
            new CommitStockRequest { OrderId = order.OrderId.ToString() }, deadline: DateTime.UtcNow + _patience, cancellationToken: cancellationToken);
        switch (answer.Outcome)
        {
            case Outcome.Committed:
                order.Confirm(time.GetUtcNow());
                break;
            case Outcome.Lost or Outcome.Released:
                order.Refund(RejectionReasons.ReservationLost, time.GetUtcNow());
                break;
            default:
                throw new NotSupportedException($"Catalog answered {answer.Outcome} for order {order.OrderId}.");
        }

        await db.SaveChangesAsync(cancellationToken);
        events.Emit(order.Status is OrderStatus.Confirmed
            ? new OrderEvents.Confirmed(order.OrderId, order.CartId, order.Total.Amount, order.Total.Currency)
            : new OrderEvents.Refunded(order.OrderId, order.CartId, order.Total.Amount, order.Total.Currency, order.Reason!));
    }

    private Task TellAsync(Order order, CancellationToken cancellationToken) => order.Status switch
    {
        OrderStatus.Confirmed => publisher.PublishAsync(
            new OrderConfirmed(order.OrderId, order.CartId, [.. order.Lines.Select(line => new OrderLine(line.Sku, line.Name, line.Quantity, line.UnitPrice))], order.Total, order.ChangedAt),
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

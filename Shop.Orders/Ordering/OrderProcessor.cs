using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
using Shop.Orders.Data;
using Shop.Orders.Payment;
using Shop.Orders.Recipients;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;
using Outcome = Shop.Contracts.Catalog.V1.ReserveStockResponse.Types.Outcome;

namespace Shop.Orders.Ordering;

/// <summary>
/// Processes a checkout step by step and saves the order after each step. After a crash or a duplicate delivery, processing continues
/// from the saved status; every call to another service is idempotent.
/// </summary>
internal sealed class OrderProcessor(
    OrdersDbContext db,
    Catalog.CatalogClient catalog,
    IPaymentProvider payment,
    RecipientProtector recipients,
    IOptions<OrderingOptions> options,
    TimeProvider time,
    JourneyEvents events,
    ILogger<OrderProcessor> log)
{
    // A slow call would hold up the other messages; after this time the message is redelivered later.
    private static readonly TimeSpan _catalogTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Processes a checkout until its order is paid or rejected, or until the customer must confirm the payment.</summary>
    /// <returns>The order as it is saved.</returns>
    public async Task<Order> ProcessAsync(CheckoutSubmitted checkout, CancellationToken cancellationToken)
    {
        var order = await FindOrSubmitAsync(checkout, cancellationToken);
        if (order.Status is OrderStatus.Submitted)
        {
            await SaveAsync(await ReserveStockAsync(order, cancellationToken), cancellationToken);
        }

        if (order.Status is OrderStatus.StockReserved)
        {
            await SaveAsync(await PayAsync(order, checkout, cancellationToken), cancellationToken);
        }

        return order;
    }

    // Events are emitted after the save, so that no event reports a change that was rolled back.
    private async Task SaveAsync(JourneyEvent[] journeyEvents, CancellationToken cancellationToken)
    {
        await db.SaveChangesAsync(cancellationToken);
        foreach (var journeyEvent in journeyEvents)
        {
            events.Emit(journeyEvent);
        }
    }

    private async Task<Order> FindOrSubmitAsync(CheckoutSubmitted checkout, CancellationToken cancellationToken)
    {
        if (await db.Orders.SingleOrDefaultAsync(order => order.OrderId == checkout.OrderId, cancellationToken) is { } existing)
        {
            log.OrderResumed(existing.OrderId, existing.Status);
            return existing;
        }

        var lines = checkout.Lines.Select(
            line => new Order.Line { Sku = line.Sku, Name = line.Name, Quantity = line.Quantity, UnitPrice = line.UnitPrice });
        var recipient = recipients.Protect(checkout.OrderId, checkout.Recipient);
        var order = Order.Submit(checkout.OrderId, checkout.CartId, lines, recipient, checkout.SubmittedAt, JourneySnapshot.Capture());
        db.Add(order);
        await db.SaveChangesAsync(cancellationToken);
        events.Emit(new OrderEvents.Submitted(
            order.OrderId,
            order.CartId,
            order.Lines.Count,
            order.Lines.Sum(line => line.Quantity),
            order.Total.Amount,
            order.Total.Currency));
        return order;
    }

    private async Task<JourneyEvent[]> ReserveStockAsync(Order order, CancellationToken cancellationToken)
    {
        var request = new ReserveStockRequest { OrderId = order.OrderId.ToString() };
        request.Lines.Add(order.Lines.Select(line => new ReservationLine { Sku = line.Sku, Quantity = line.Quantity }));
        var response = await catalog.ReserveStockAsync(
            request, deadline: DateTime.UtcNow + _catalogTimeout, cancellationToken: cancellationToken);

        switch (response.Outcome)
        {
            case Outcome.Reserved:
                order.ReserveStock(time.GetUtcNow());
                return []; // Catalog emits the event
            case Outcome.OutOfStock:
                return [Reject(order, StatusReasons.OutOfStock)];
            case Outcome.Released:
                return [Reject(order, StatusReasons.ReservationLost)];
            default:
                throw new NotSupportedException($"Catalog returned {response.Outcome} for the reservation of order {order.OrderId}.");
        }
    }

    private async Task<JourneyEvent[]> PayAsync(Order order, CheckoutSubmitted checkout, CancellationToken cancellationToken)
    {
        // The card comes with the message and is never stored.
        switch (await payment.ChargeAsync(order.OrderId, order.Total, checkout.Payment!, cancellationToken))
        {
            case PaymentResult.Accepted:
                order.Pay(time.GetUtcNow());
                return [new OrderEvents.PaymentAccepted(order.OrderId, order.Total.Amount, order.Total.Currency)];
            case PaymentResult.Declined(var reason):
                return
                [
                    new OrderEvents.PaymentDeclined(order.OrderId, order.Total.Amount, order.Total.Currency),
                    Reject(order, reason),
                ];
            case PaymentResult.ActionRequired:
                // The message is done: the provider's webhook continues the order, or the payment timeout ends it.
                order.ScheduleFollowUp(order.DueAt ?? time.GetUtcNow() + options.Value.PaymentTimeout);
                return [new OrderEvents.PaymentActionRequired(order.OrderId, order.Total.Amount, order.Total.Currency)];
            case var unknown:
                throw new InvalidOperationException($"Unknown payment result {unknown}.");
        }
    }

    private OrderEvents.Rejected Reject(Order order, string reason)
    {
        order.Reject(reason, time.GetUtcNow());
        return new OrderEvents.Rejected(order.OrderId, order.CartId, reason);
    }
}

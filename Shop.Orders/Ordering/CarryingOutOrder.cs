using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Orders.Payment;
using Shop.Orders.Recipients;
using Shop.Orders.Storage;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;
using Outcome = Shop.Contracts.Catalog.V1.ReserveStockResponse.Types.Outcome;

namespace Shop.Orders.Ordering;

/// <summary>
/// Carries an order out, one stored step after the other. A crash between two steps, or a message that comes twice, starts here
/// again from the stored state; each step asks others in a way that is harmless to repeat.
/// </summary>
internal sealed class CarryingOutOrder(
    OrdersDb db,
    Catalog.CatalogClient catalog,
    IPaymentProvider payment,
    RecipientVault recipients,
    IOptions<OrderingOptions> options,
    TimeProvider time,
    JourneyEvents events,
    ILogger<CarryingOutOrder> log)
{
    // How long Catalog may take before the message goes back to wait for a better moment.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    /// <summary>Returns the order paid for or rejected, and stored as such; or as it is while its buyer still has to confirm the payment.</summary>
    public async Task<Order> CarryOutAsync(CheckoutSubmitted checkout, CancellationToken cancellationToken)
    {
        var order = await FindOrSubmitAsync(checkout, cancellationToken);
        if (order.Status is OrderStatus.Submitted)
            await StoreAsync(await ReserveStockAsync(order, cancellationToken), cancellationToken);
        if (order.Status is OrderStatus.StockReserved)
            await StoreAsync(await PayAsync(order, checkout, cancellationToken), cancellationToken);
        return order;
    }

    // Told when it is stored, so that nothing is told which then did not happen.
    private async Task StoreAsync(JourneyEvent[] happened, CancellationToken cancellationToken)
    {
        await db.SaveChangesAsync(cancellationToken);
        foreach (var told in happened)
            events.Emit(told);
    }

    private async Task<Order> FindOrSubmitAsync(CheckoutSubmitted checkout, CancellationToken cancellationToken)
    {
        if (await db.Orders.SingleOrDefaultAsync(order => order.OrderId == checkout.OrderId, cancellationToken) is { } known)
        {
            log.OrderResumed(known.OrderId, known.Status);
            return known;
        }

        var lines = checkout.Lines.Select(line => new Order.Line { Sku = line.Sku, Name = line.Name, Quantity = line.Quantity, UnitPrice = line.UnitPrice });
        var recipient = recipients.Protect(checkout.OrderId, checkout.Recipient);
        var order = Order.Submit(checkout.OrderId, checkout.CartId, lines, recipient, checkout.SubmittedAt, JourneySnapshot.Capture());
        db.Add(order);
        await db.SaveChangesAsync(cancellationToken);
        events.Emit(new OrderEvents.Submitted(
            order.OrderId, order.CartId, order.Lines.Count, order.Lines.Sum(line => line.Quantity), order.Total.Amount, order.Total.Currency));
        return order;
    }

    private async Task<JourneyEvent[]> ReserveStockAsync(Order order, CancellationToken cancellationToken)
    {
        var request = new ReserveStockRequest { OrderId = order.OrderId.ToString() };
        request.Lines.Add(order.Lines.Select(line => new ReservationLine { Sku = line.Sku, Quantity = line.Quantity }));
        var answer = await catalog.ReserveStockAsync(request, deadline: DateTime.UtcNow + _patience, cancellationToken: cancellationToken);

        switch (answer.Outcome)
        {
            case Outcome.Reserved:
                order.ReserveStock(time.GetUtcNow());
                return []; // Catalog has told it
            case Outcome.OutOfStock:
                return [Reject(order, RejectionReasons.OutOfStock)];
            case Outcome.Released:
                return [Reject(order, RejectionReasons.ReservationLost)];
            default:
                throw new NotSupportedException($"Catalog answered {answer.Outcome} for order {order.OrderId}.");
        }
    }

    private async Task<JourneyEvent[]> PayAsync(Order order, CheckoutSubmitted checkout, CancellationToken cancellationToken)
    {
        // The card comes with the message and is never stored.
        switch (await payment.ChargeAsync(order.OrderId, order.Total, checkout.Payment, cancellationToken))
        {
            case PaymentResult.Accepted:
                order.Pay(time.GetUtcNow());
                return [new OrderEvents.PaymentAccepted(order.OrderId, order.Total.Amount, order.Total.Currency)];
            case PaymentResult.Declined(var reason):
                return [new OrderEvents.PaymentDeclined(order.OrderId, order.Total.Amount, order.Total.Currency), Reject(order, reason)];
            case PaymentResult.Pending:
                // From here on the provider's call-back carries the order, or the limit ends it: the message is done.
                order.LookAgainAt(order.DueAt ?? time.GetUtcNow() + options.Value.ActionLimit);
                return [new OrderEvents.PaymentActionRequired(order.OrderId, order.Total.Amount, order.Total.Currency)];
            case var unknown:
                throw new InvalidOperationException($"Nothing follows from {unknown}.");
        }
    }

    private OrderEvents.Rejected Reject(Order order, string reason)
    {
        order.Reject(reason, time.GetUtcNow());
        return new OrderEvents.Rejected(order.OrderId, order.CartId, reason);
    }
}

/// <summary>Publishes the outcome before the message is acknowledged, also for an order that was finished before: the first time may not have got that far.</summary>
internal sealed class CheckoutSubmittedHandler(CarryingOutOrder orders, FinishingOrder finishing) : IMessageHandler<CheckoutSubmitted>
{
    public async Task HandleAsync(CheckoutSubmitted message, MessageContext context, CancellationToken cancellationToken)
    {
        CheckoutRules.ThrowIfInvalid(message);

        var order = await orders.CarryOutAsync(message, cancellationToken);
        if (order.Status is not OrderStatus.StockReserved)
            await finishing.FinishAsync(order, cancellationToken);
    }
}

using MassTransit;
using Microsoft.EntityFrameworkCore;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
using Shop.Orders.Payment;
using Shop.Orders.Storage;
using Shop.ServiceDefaults.Events;
using Shop.ServiceDefaults.Messaging;
using Outcome = Shop.Contracts.Catalog.V1.ReserveStockResponse.Types.Outcome;

namespace Shop.Orders.Ordering;

/// <summary>
/// Carries an order out, one stored step after the other. A crash between two steps, or a message that comes twice, starts here
/// again from the stored state; each step asks others in a way that is harmless to repeat.
/// </summary>
internal sealed class CarryingOutOrder(
    OrdersDb db, Catalog.CatalogClient catalog, IPaymentProvider payment, TimeProvider time, JourneyEvents events, ILogger<CarryingOutOrder> log)
{
    // How long Catalog may take before the message goes back to wait for a better moment.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    /// <summary>Returns the order Confirmed or Rejected, and stored as such.</summary>
    public async Task<Order> CarryOutAsync(CheckoutSubmitted checkout, CancellationToken cancellationToken)
    {
        var order = await FindOrSubmitAsync(checkout, cancellationToken);
        while (order.Status is OrderStatus.Submitted or OrderStatus.StockReserved or OrderStatus.Paid)
        {
            var happened = order.Status switch
            {
                OrderStatus.Submitted => await ReserveStockAsync(order, cancellationToken),
                OrderStatus.StockReserved => await PayAsync(order, checkout, cancellationToken),
                _ => Confirm(order),
            };

            // Told when it is stored, so that nothing is told which then did not happen.
            await db.SaveChangesAsync(cancellationToken);
            foreach (var told in happened)
                events.Write(told);
        }

        return order;
    }

    private async Task<Order> FindOrSubmitAsync(CheckoutSubmitted checkout, CancellationToken cancellationToken)
    {
        if (await db.Orders.SingleOrDefaultAsync(order => order.OrderId == checkout.OrderId, cancellationToken) is { } known)
        {
            log.OrderResumed(known.OrderId, known.Status);
            return known;
        }

        var lines = checkout.Lines.Select(line => new Order.Line { Sku = line.Sku, Name = line.Name, Quantity = line.Quantity, UnitPrice = line.UnitPrice });
        var order = Order.Submit(checkout.OrderId, checkout.CartId, lines, checkout.Recipient, checkout.SubmittedAt);
        db.Add(order);
        await db.SaveChangesAsync(cancellationToken);
        events.Write(new OrderEvents.Submitted(
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
        if (await payment.ChargeAsync(order.OrderId, order.Total, checkout.Payment, cancellationToken) is PaymentResult.Accepted)
        {
            order.Pay(time.GetUtcNow());
            return [new OrderEvents.PaymentAccepted(order.OrderId, order.Total.Amount, order.Total.Currency)];
        }

        return [new OrderEvents.PaymentDeclined(order.OrderId, order.Total.Amount, order.Total.Currency), Reject(order, RejectionReasons.PaymentDeclined)];
    }

    private JourneyEvent[] Confirm(Order order)
    {
        order.Confirm(time.GetUtcNow());
        return [new OrderEvents.Confirmed(order.OrderId, order.CartId, order.Total.Amount, order.Total.Currency)];
    }

    private OrderEvents.Rejected Reject(Order order, string reason)
    {
        order.Reject(reason, time.GetUtcNow());
        return new OrderEvents.Rejected(order.OrderId, order.CartId, reason);
    }
}

/// <summary>Publishes the outcome before the message is acknowledged, also for an order that was finished before: the first time may not have got that far.</summary>
internal sealed class CheckoutSubmittedConsumer(CarryingOutOrder orders, Publisher publisher) : IConsumer<CheckoutSubmitted>
{
    public async Task Consume(ConsumeContext<CheckoutSubmitted> context)
    {
        var checkout = context.Message;
        CheckoutRules.ThrowIfInvalid(checkout);

        var order = await orders.CarryOutAsync(checkout, context.CancellationToken);
        switch (order.Status)
        {
            case OrderStatus.Confirmed:
                await publisher.PublishAsync(
                    new OrderConfirmed(order.OrderId, order.CartId, checkout.Lines, order.Total, order.ChangedAt), order.OrderId, context.CancellationToken);
                break;
            case OrderStatus.Rejected:
                await publisher.PublishAsync(
                    new OrderRejected(order.OrderId, order.CartId, order.Reason!, order.ChangedAt), order.OrderId, context.CancellationToken);
                break;
        }
    }
}

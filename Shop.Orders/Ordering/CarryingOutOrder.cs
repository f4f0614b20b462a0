using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Messages;
using Shop.Orders.Payment;
using Shop.Orders.Recipients;
using Shop.Orders.Storage;
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
    ILogger<CarryingOutOrder> log)
{
    // How long Catalog may take before the message goes back to wait for a better moment.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    /// <summary>Returns the order paid for or rejected, and stored as such; or as it is while its buyer still has to confirm the payment.</summary>
    public async Task<Order> CarryOutAsync(CheckoutSubmitted checkout, CancellationToken cancellationToken)
    {
        var order = await FindOrSubmitAsync(checkout, cancellationToken);
        if (order.Status is OrderStatus.Submitted)
        {
            await ReserveStockAsync(order, cancellationToken);
            await db.SaveChangesAsync(cancellationToken);
        }

        if (order.Status is OrderStatus.StockReserved)
        {
            await PayAsync(order, checkout, cancellationToken);
            await db.SaveChangesAsync(cancellationToken);
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
        var recipient = recipients.Seal(checkout.OrderId, checkout.Recipient);
        var order = Order.Submit(checkout.OrderId, checkout.CartId, lines, recipient, checkout.SubmittedAt);
        db.Add(order);
        await db.SaveChangesAsync(cancellationToken);
        log.OrderSubmitted(order.OrderId, order.CartId, order.Lines.Count, order.Total.Amount, order.Total.Currency);
        return order;
    }

    private async Task ReserveStockAsync(Order order, CancellationToken cancellationToken)
    {
        var request = new ReserveStockRequest { OrderId = order.OrderId.ToString() };
        request.Lines.Add(order.Lines.Select(line => new ReservationLine { Sku = line.Sku, Quantity = line.Quantity }));
        var answer = await catalog.ReserveStockAsync(request, deadline: DateTime.UtcNow + _patience, cancellationToken: cancellationToken);

        switch (answer.Outcome)
        {
            case Outcome.Reserved:
                order.ReserveStock(time.GetUtcNow());
                log.OrderStockReserved(order.OrderId);
                break;
            case Outcome.OutOfStock:
                Reject(order, RejectionReasons.OutOfStock);
                break;
            case Outcome.Released:
                Reject(order, RejectionReasons.ReservationLost);
                break;
            default:
                throw new NotSupportedException($"Catalog answered {answer.Outcome} for order {order.OrderId}.");
        }
    }

    private async Task PayAsync(Order order, CheckoutSubmitted checkout, CancellationToken cancellationToken)
    {
        // The card comes with the message and is never stored.
        switch (await payment.ChargeAsync(order.OrderId, order.Total, checkout.Payment, cancellationToken))
        {
            case PaymentResult.Accepted:
                order.Pay(time.GetUtcNow());
                log.OrderPaid(order.OrderId);
                break;
            case PaymentResult.Declined(var reason):
                Reject(order, reason);
                break;
            case PaymentResult.Pending:
                // From here on the provider's call-back carries the order, or the limit ends it: the message is done.
                order.LookAgainAt(order.DueAt ?? time.GetUtcNow() + options.Value.ActionLimit);
                log.OrderAwaitsBuyer(order.OrderId);
                break;
            case var unknown:
                throw new InvalidOperationException($"Nothing follows from {unknown}.");
        }
    }

    private void Reject(Order order, string reason)
    {
        order.Reject(reason, time.GetUtcNow());
        log.OrderRejected(order.OrderId, reason);
    }
}

/// <summary>Publishes the outcome before the message is acknowledged, also for an order that was finished before: the first time may not have got that far.</summary>
internal sealed class CheckoutSubmittedConsumer(CarryingOutOrder orders, FinishingOrder finishing) : IConsumer<CheckoutSubmitted>
{
    public async Task Consume(ConsumeContext<CheckoutSubmitted> context)
    {
        CheckoutRules.ThrowIfInvalid(context.Message);

        var order = await orders.CarryOutAsync(context.Message, context.CancellationToken);
        if (order.Status is not OrderStatus.StockReserved)
            await finishing.FinishAsync(order, context.CancellationToken);
    }
}

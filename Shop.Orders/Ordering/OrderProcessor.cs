using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Messages;
using Shop.Orders.Data;
using Shop.Orders.Payment;
using Shop.Orders.Recipients;
using Shop.Telemetry.Journeys;
using Outcome = Shop.Contracts.Catalog.V1.ReserveStockResponse.Types.Outcome;

namespace Shop.Orders.Ordering;

/// <summary>
/// Processes a checkout step by step and saves the order after each step. After a crash or a duplicate delivery, processing continues
/// from the saved status; every call to another service is idempotent.
/// </summary>
internal sealed class OrderProcessor(
    OrdersDbContext db,
    OrderStore store,
    Catalog.CatalogClient catalog,
    IPaymentProvider payment,
    RecipientProtector recipients,
    IOptions<OrderingOptions> options,
    ILogger<OrderProcessor> log)
{
    // A slow call would hold up the other messages; after this time the message is redelivered later.
    private static readonly TimeSpan _catalogTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Processes a checkout until its order is paid or rejected, or until the customer must confirm the payment.</summary>
    /// <returns>The order as it is saved.</returns>
    /// <exception cref="Messaging.InvalidMessageException">The order is stored already, with another content.</exception>
    public async Task<Order> ProcessAsync(CheckoutSubmitted checkout, CancellationToken cancellationToken)
    {
        var order = await FindOrSubmitAsync(checkout, cancellationToken);
        if (order.Recipient is null)
        {
            return await EndUnprocessedAsync(order, StatusReasons.RecipientErased, cancellationToken);
        }

        if (store.Now - checkout.SubmittedAt > options.Value.MaxCheckoutAge)
        {
            return await EndUnprocessedAsync(order, StatusReasons.CheckoutExpired, cancellationToken);
        }

        // The reservation of an earlier delivery may have expired, so it is renewed before the charge.
        if (order.Status is OrderStatus.Submitted or OrderStatus.StockReserved)
        {
            await ReserveStockAsync(order, cancellationToken);
        }

        if (order.Status is OrderStatus.StockReserved)
        {
            await PayAsync(order, checkout, cancellationToken);
        }

        return order;
    }

    private async Task<Order> FindOrSubmitAsync(CheckoutSubmitted checkout, CancellationToken cancellationToken)
    {
        var known = await db.FindKnownAsync(checkout.OrderId, cancellationToken);
        if (known.IsStored && await store.FindAsync(checkout.OrderId, cancellationToken) is { } existing)
        {
            CheckoutValidation.ThrowIfDifferent(checkout, existing);
            if (existing.TrySetCustomer(checkout.CustomerId))
            {
                // Not a step of the order, so it emits no events.
                await db.SaveChangesAsync(cancellationToken);
            }

            log.OrderResumed(existing.OrderId, existing.Status);
            return existing;
        }

        // A copy of the message may arrive after the recipient was erased. The order is stored without it, and ends the checkout in Cart.
        var lines = checkout.Lines.Select(
            line => new Order.Line { Sku = line.Sku, Name = line.Name, Quantity = line.Quantity, UnitPrice = line.UnitPrice });
        var order = Order.Submit(
            new Order.Checkout(
                checkout.OrderId,
                checkout.CartId,
                lines,
                known.IsErased ? null : await recipients.ProtectAsync(checkout.OrderId, checkout.Recipient, cancellationToken),
                checkout.SubmittedAt,
                known.IsErased ? null : checkout.ContentHash,
                JourneySnapshot.Capture(),
                checkout.CustomerId),
            store.Now,
            store.ProcessingEnd);
        await store.AddAsync(order, cancellationToken);
        return order;
    }

    // Nothing is charged any more. An order that waits for its payment keeps its time for that.
    private async Task<Order> EndUnprocessedAsync(Order order, string reason, CancellationToken cancellationToken)
    {
        if (order.Status is OrderStatus.Submitted)
        {
            order.Reject(reason, store.Now, store.LeaseEnd);
            await store.SaveAsync(order, cancellationToken);
        }

        return order;
    }

    private async Task ReserveStockAsync(Order order, CancellationToken cancellationToken)
    {
        var request = new ReserveStockRequest { OrderId = order.OrderId.ToString() };
        request.Lines.Add(order.Lines.Select(line => new ReservationLine { Sku = line.Sku, Quantity = line.Quantity }));
        var response = await catalog.ReserveStockAsync(
            request, deadline: store.Now.UtcDateTime + _catalogTimeout, cancellationToken: cancellationToken);

        switch (response.Outcome)
        {
            case Outcome.Reserved or Outcome.Committed when order.Status is OrderStatus.StockReserved:
                return;
            // Committed: this database was restored to a state before the order was paid. The payment is known to its provider, too.
            case Outcome.Reserved or Outcome.Committed:
                order.ReserveStock(store.Now, store.ProcessingEnd);
                break;
            case Outcome.OutOfStock:
                order.Reject(StatusReasons.OutOfStock, store.Now, store.LeaseEnd);
                break;
            case Outcome.Released:
                order.Reject(StatusReasons.ReservationLost, store.Now, store.LeaseEnd);
                break;
            default:
                throw new InvalidOperationException($"Catalog returned {response.Outcome} for the reservation of order {order.OrderId}.");
        }

        await store.SaveAsync(order, cancellationToken);
    }

    private async Task PayAsync(Order order, CheckoutSubmitted checkout, CancellationToken cancellationToken)
    {
        // The card comes with the message and is never stored. A free order needs none.
        PaymentResult result = order.IsFree
            ? new PaymentResult.Accepted()
            : await payment.ChargeAsync(order.OrderId, order.Total, checkout.Payment!, cancellationToken);
        switch (result)
        {
            case PaymentResult.Accepted:
                order.Pay(store.Now, store.LeaseEnd);
                break;
            case PaymentResult.Declined(var reason):
                order.Reject(reason, store.Now, store.LeaseEnd);
                break;
            case PaymentResult.ActionRequired:
                // The message is done: the provider's webhook continues the order, or the time for the confirmation ends. A repeated
                // delivery does not extend the time.
                var paymentEnd = store.Now + options.Value.PaymentConfirmationTimeout;
                order.ScheduleFollowUp(order.DueAt < paymentEnd ? order.DueAt.Value : paymentEnd);
                await store.SaveAsync(order, paymentActionRequired: true, cancellationToken);
                return;
            default:
                throw new InvalidOperationException($"Unknown payment result {result}.");
        }

        await store.SaveAsync(order, cancellationToken);
    }
}

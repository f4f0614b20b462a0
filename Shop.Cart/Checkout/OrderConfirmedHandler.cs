using Shop.Cart.Carts;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Telemetry.Events;

namespace Shop.Cart.Checkout;

/// <summary>
/// Removes the purchased lines from the cart when the order is confirmed. They are not removed at checkout, so that the cart is unchanged
/// after a declined payment.
/// </summary>
internal sealed class OrderConfirmedHandler(CartStore carts, CheckoutStore checkouts, JourneyEvents events)
    : IMessageHandler<OrderConfirmed>
{
    public async Task HandleAsync(OrderConfirmed order, MessageContext context, CancellationToken cancellationToken)
    {
        var lines = order.Lines.Select(line => new CartLine(line.Sku, line.Quantity)).ToList();
        var ended = await carts.TryEndCheckoutAsync(order.CartId, order.OrderId, lines, cancellationToken);
        if (ended ?? await carts.RemovePurchasedLinesAsync(order.CartId, order.OrderId, lines, cancellationToken))
        {
            events.Emit(new CartEvents.Emptied(order.CartId, order.OrderId));
        }

        if (ended is null)
        {
            // Last, so that the same lines cannot be checked out again in between.
            await checkouts.ClearInProgressAsync(order.CartId, order.OrderId, cancellationToken);
        }
    }
}

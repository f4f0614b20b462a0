using Shop.Cart.Carts;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Telemetry.Events;

namespace Shop.Cart.Checkout;

/// <summary>What is bought leaves the cart when the order is confirmed, not before: a declined card finds its cart as it was.</summary>
internal sealed class OrderConfirmedHandler(CartStore carts, JourneyEvents events) : IMessageHandler<OrderConfirmed>
{
    public async Task HandleAsync(OrderConfirmed order, MessageContext context, CancellationToken cancellationToken)
    {
        var bought = order.Lines.Select(line => new CartLine(line.Sku, line.Quantity));
        if (await carts.TakeOutAsync(order.CartId, order.OrderId, bought, cancellationToken))
            events.Write(new CartEvents.Emptied(order.CartId, order.OrderId));
    }
}

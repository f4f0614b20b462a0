using MassTransit;
using Shop.Cart.Carts;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
using Shop.Telemetry.Events;

namespace Shop.Cart.Checkout;

/// <summary>
/// Removes the purchased lines from the cart when the order is confirmed. They are not removed at checkout, so that the cart is unchanged
/// after a declined payment.
/// </summary>
internal sealed class OrderConfirmedConsumer(CartStore carts, JourneyEvents events) : IConsumer<OrderConfirmed>
{
    public async Task Consume(ConsumeContext<OrderConfirmed> context)
    {
        var order = context.Message;
        var lines = order.Lines.Select(line => new CartLine(line.Sku, line.Quantity));
        if (await carts.RemovePurchasedLinesAsync(order.CartId, order.OrderId, lines, context.CancellationToken))
        {
            events.Write(new CartEvents.Emptied(order.CartId, order.OrderId));
        }
    }
}

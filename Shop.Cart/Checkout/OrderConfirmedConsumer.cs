using MassTransit;
using Shop.Cart.Carts;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
using Shop.Telemetry.Events;

namespace Shop.Cart.Checkout;

/// <summary>What is bought leaves the cart when the order is confirmed, not before: a declined card finds its cart as it was.</summary>
internal sealed class OrderConfirmedConsumer(CartStore carts, JourneyEvents events) : IConsumer<OrderConfirmed>
{
    public async Task Consume(ConsumeContext<OrderConfirmed> context)
    {
        var order = context.Message;
        var bought = order.Lines.Select(line => new CartLine(line.Sku, line.Quantity));
        if (await carts.TakeOutAsync(order.CartId, order.OrderId, bought, context.CancellationToken))
            events.Emit(new CartEvents.Emptied(order.CartId, order.OrderId));
    }
}

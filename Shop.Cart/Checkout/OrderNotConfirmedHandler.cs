using Shop.Contracts.Messages;
using Shop.Messaging;

namespace Shop.Cart.Checkout;

/// <summary>Ends the checkout of a cart when its order was not confirmed, so that the cart can be checked out again.</summary>
internal sealed class OrderNotConfirmedHandler(CheckoutStore checkouts)
    : IMessageHandler<OrderRejected>, IMessageHandler<OrderCancelled>, IMessageHandler<OrderRefunded>
{
    public Task HandleAsync(OrderRejected order, MessageContext context, CancellationToken cancellationToken) =>
        checkouts.ClearInProgressAsync(order.CartId, order.OrderId, cancellationToken);

    public Task HandleAsync(OrderCancelled order, MessageContext context, CancellationToken cancellationToken) =>
        checkouts.ClearInProgressAsync(order.CartId, order.OrderId, cancellationToken);

    public Task HandleAsync(OrderRefunded order, MessageContext context, CancellationToken cancellationToken) =>
        checkouts.ClearInProgressAsync(order.CartId, order.OrderId, cancellationToken);
}

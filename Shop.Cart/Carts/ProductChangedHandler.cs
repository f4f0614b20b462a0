using Shop.Contracts.Messages;
using Shop.Messaging;

namespace Shop.Cart.Carts;

/// <summary>Corrects the cached product. Every process of Cart gets the message.</summary>
internal sealed class ProductChangedHandler(ProductCache products) : IMessageHandler<ProductChanged>
{
    public Task HandleAsync(ProductChanged message, MessageContext context, CancellationToken cancellationToken)
    {
        products.Update(message);
        return Task.CompletedTask;
    }
}

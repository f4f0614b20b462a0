using Shop.Contracts.Messages;
using Shop.Messaging;

namespace Shop.Cart.Carts;

/// <summary>Corrects what this process knows of a product. Every replica gets the message.</summary>
internal sealed class ProductChangedHandler(KnownProducts products) : IMessageHandler<ProductChanged>
{
    public Task HandleAsync(ProductChanged message, MessageContext context, CancellationToken cancellationToken)
    {
        products.Learn(message);
        return Task.CompletedTask;
    }
}

using Shop.Contracts.Messages;
using Shop.Messaging;

namespace Shop.Catalog.Products;

/// <summary>Tells the running processes of other services that a product was changed.</summary>
internal sealed class ProductChanges(IMessagePublisher publisher, ILogger<ProductChanges> log)
{
    /// <summary>
    /// Broadcasts a change that is stored. If the broker is unavailable, the change stands: caches of the product expire soon.
    /// </summary>
    public async Task PublishAsync(ProductDetails product)
    {
        try
        {
            // Not canceled with the request: the product is changed, whether or not somebody waits for the response.
            await publisher.BroadcastAsync(
                new ProductChanged(product.Sku, product.Name, product.Price, product.Version), CancellationToken.None);
        }
        catch (BrokerUnavailableException exception)
        {
            log.ProductChangeNotPublished(product.Sku, exception);
        }
    }
}

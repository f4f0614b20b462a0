using Grpc.Core;
using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;
using Money = Shop.Contracts.Money;

namespace Shop.Cart.Carts;

/// <summary>What Catalog says about the products in a cart.</summary>
internal sealed class Pricing(Catalog.CatalogClient catalog, IOptions<CartOptions> options, TimeProvider time, ILogger<Pricing> log)
{
    /// <summary>The known products by SKU; null when Catalog did not answer in time.</summary>
    public async Task<IReadOnlyDictionary<string, Product>?> FindAsync(IEnumerable<string> skus, CancellationToken cancellationToken)
    {
        var request = new GetProductsRequest { Skus = { skus } };
        if (request.Skus.Count == 0)
            return new Dictionary<string, Product>();

        try
        {
            var deadline = time.GetUtcNow().UtcDateTime + options.Value.PricePatience;
            var answer = await catalog.GetProductsAsync(request, deadline: deadline, cancellationToken: cancellationToken);
            return answer.Products.ToDictionary(product => product.Sku);
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            log.PricesUnconfirmed(exception.StatusCode, exception);
            return null;
        }
    }
}

internal static class Prices
{
    public static Money PriceNow(this Product product) => new(product.Price.Amount, product.Price.Currency);
}

using Grpc.Core;
using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;

namespace Shop.Cart.Carts;

/// <summary>Reads products and their current prices from Catalog.</summary>
internal sealed class ProductLookup(
    Catalog.CatalogClient catalog, IOptions<CartOptions> options, TimeProvider time, ILogger<ProductLookup> log)
{
    /// <summary>Returns the products that exist, by SKU, or null if Catalog is unavailable or does not respond in time.</summary>
    public async Task<IReadOnlyDictionary<string, Product>?> FindAsync(IEnumerable<string> skus, CancellationToken cancellationToken)
    {
        var request = new GetProductsRequest { Skus = { skus } };
        if (request.Skus.Count == 0)
        {
            return new Dictionary<string, Product>();
        }

        try
        {
            var deadline = time.GetUtcNow().UtcDateTime + options.Value.PriceTimeout;
            var response = await catalog.GetProductsAsync(request, deadline: deadline, cancellationToken: cancellationToken);
            return response.Products.ToDictionary(product => product.Sku);
        }
        catch (RpcException exception) when (!cancellationToken.IsCancellationRequested)
        {
            log.PricesUnconfirmed(exception.StatusCode, exception);
            return null;
        }
    }
}

internal static class MoneyExtensions
{
    /// <summary>Converts an amount of a Catalog response.</summary>
    public static Contracts.Money ToMoney(this Money money) => new(money.Amount, money.Currency);
}

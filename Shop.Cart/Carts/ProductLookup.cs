using Grpc.Core;
using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;

namespace Shop.Cart.Carts;

/// <summary>Reads products and their current prices from Catalog.</summary>
internal sealed class ProductLookup(
    Catalog.CatalogClient catalog, IOptions<CartOptions> options, TimeProvider time, ILogger<ProductLookup> log)
{
    // Less than the 7 seconds that the storefront waits for a checkout, together with the confirmation of the broker.
    private static readonly TimeSpan _checkoutTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Returns the products that exist, by SKU, or null if Catalog is unavailable or does not respond in time.</summary>
    public Task<IReadOnlyDictionary<string, Product>?> FindAsync(IEnumerable<string> skus, CancellationToken cancellationToken) =>
        FindAsync(skus, options.Value.PriceTimeout, cancellationToken);

    /// <summary>
    /// Does the same for a checkout. It waits for at least 3 seconds: a cart can be shown without prices, and a checkout is rejected.
    /// </summary>
    public Task<IReadOnlyDictionary<string, Product>?> FindForCheckoutAsync(
        IEnumerable<string> skus, CancellationToken cancellationToken) =>
        FindAsync(
            skus, options.Value.PriceTimeout > _checkoutTimeout ? options.Value.PriceTimeout : _checkoutTimeout, cancellationToken);

    private async Task<IReadOnlyDictionary<string, Product>?> FindAsync(
        IEnumerable<string> skus, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var request = new GetProductsRequest { Skus = { skus } };
        if (request.Skus.Count == 0)
        {
            return new Dictionary<string, Product>();
        }

        try
        {
            var deadline = time.GetUtcNow().UtcDateTime + timeout;
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

using Grpc.Core;
using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;

namespace Shop.Cart.Carts;

/// <summary>Finds products and their current prices in the cache of this process, and the others in Catalog.</summary>
internal sealed class ProductLookup(
    Catalog.CatalogClient catalog, ProductCache cache, IOptions<CartOptions> options, TimeProvider time, ILogger<ProductLookup> log)
{
    // Less than the 7 seconds that the storefront waits for a checkout, together with the confirmation of the broker.
    private static readonly TimeSpan _checkoutTimeout = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Returns the products of lines that exist, by SKU, or null if one of them is not cached and Catalog is unavailable or does not
    /// respond in time. All of them were read from Catalog within <see cref="CartOptions.MaxProductAge"/>.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, CartProduct>?> FindAsync(
        IEnumerable<CartLine> lines, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, CartProduct>();
        var requested = new List<string>();
        foreach (var line in lines)
        {
            var product = cache.Find(line.Sku);
            if (product is not null)
            {
                found[line.Sku] = product;
            }

            // Catalog must confirm a shortage before it is shown, unless Catalog is unavailable: units may have been delivered or released.
            if (product is null || product.Available < line.Quantity)
            {
                requested.Add(line.Sku);
            }
        }

        if (await ReadAsync(requested, cancellationToken) is not { } read)
        {
            return requested.All(found.ContainsKey) ? found : null;
        }

        foreach (var sku in requested)
        {
            found.Remove(sku);
        }

        foreach (var (sku, product) in read)
        {
            found[sku] = product;
        }

        return found;
    }

    /// <summary>
    /// Reads products from Catalog and caches them. Returns those that exist, by SKU, or null if Catalog is unavailable or does not respond
    /// in time.
    /// </summary>
    public Task<IReadOnlyDictionary<string, CartProduct>?> ReadAsync(IEnumerable<string> skus, CancellationToken cancellationToken) =>
        ReadAsync(skus, options.Value.PriceTimeout, cancellationToken);

    /// <summary>
    /// Reads the products of a checkout from Catalog. It waits for at least 3 seconds: a cart can be shown without prices, and a checkout
    /// is rejected.
    /// </summary>
    public Task<IReadOnlyDictionary<string, CartProduct>?> ReadForCheckoutAsync(
        IEnumerable<string> skus, CancellationToken cancellationToken) =>
        ReadAsync(
            skus, options.Value.PriceTimeout > _checkoutTimeout ? options.Value.PriceTimeout : _checkoutTimeout, cancellationToken);

    private async Task<IReadOnlyDictionary<string, CartProduct>?> ReadAsync(
        IEnumerable<string> skus, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var request = new GetProductsRequest { Skus = { skus } };
        if (request.Skus.Count == 0)
        {
            return new Dictionary<string, CartProduct>();
        }

        try
        {
            var requestedAt = time.GetTimestamp();
            var deadline = time.GetUtcNow().UtcDateTime + timeout;
            var response = await catalog.GetProductsAsync(request, deadline: deadline, cancellationToken: cancellationToken);
            foreach (var product in response.Products)
            {
                cache.Update(product, requestedAt);
            }

            return response.Products.ToDictionary(
                product => product.Sku, product => new CartProduct(product.Name, product.Price.ToMoney(), product.Available));
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

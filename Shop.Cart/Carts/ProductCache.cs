using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Messages;
using Money = Shop.Contracts.Money;

namespace Shop.Cart.Carts;

/// <summary>
/// The products that this process has cached, so that carts are changed and shown without a call of Catalog. It is filled with the
/// responses of Catalog and corrected by <see cref="ProductChanged"/>. A product that does not exist is not cached.
/// </summary>
internal sealed class ProductCache(IOptions<CartOptions> options, TimeProvider time) : IDisposable
{
    // A few megabytes. When the cache is full, MemoryCache rejects the new entry and removes, in the background, those that were not used
    // for the longest time.
    internal const int Capacity = 10_000;

    private readonly MemoryCache _products = new(new MemoryCacheOptions { SizeLimit = Capacity });
    private readonly Lock _changes = new();

    /// <summary>The number of cached products, outdated ones included.</summary>
    public int Count => _products.Count;

    /// <summary>
    /// Returns the product, or null if it was not requested from Catalog within <see cref="CartOptions.MaxProductAge"/>.
    /// </summary>
    public CartProduct? Find(string sku) =>
        FindEntry(sku) is { Available: { } available, RequestedAt: var requestedAt } entry
        && time.GetElapsedTime(requestedAt) < options.Value.MaxProductAge
            ? new CartProduct(entry.Name, entry.Price, available)
            : null;

    /// <summary>Stores a product from a response of Catalog.</summary>
    /// <param name="product">The product.</param>
    /// <param name="requestedAt">The timestamp of the moment before the request was sent.</param>
    public void Update(Product product, long requestedAt)
    {
        lock (_changes)
        {
            // A message that arrived after the request was sent may be newer than the response, and then has the higher version. An older
            // entry is replaced whatever its version: a database that was restored has lower ones.
            var cached = FindEntry(product.Sku);
            var response = new Entry(
                product.Name, product.Price.ToMoney(), product.Version, time.GetTimestamp(), product.Available, requestedAt);
            Set(product.Sku, cached is not null && cached.UpdatedAt >= requestedAt && cached.Version > product.Version
                ? response with { Name = cached.Name, Price = cached.Price, Version = cached.Version, UpdatedAt = cached.UpdatedAt }
                : response);
        }
    }

    /// <summary>
    /// Stores name and price from a message, unless this version or a later one is cached. The message does not contain the available
    /// units, so it does not extend the time for which the product is used.
    /// </summary>
    public void Update(ProductChanged change)
    {
        lock (_changes)
        {
            var cached = FindEntry(change.Sku);
            if (cached is null || cached.Version < change.Version)
            {
                // Also if the product is not cached: a response that was sent before the change may be under way.
                var (available, requestedAt) = (cached?.Available, cached?.RequestedAt ?? 0);
                Set(change.Sku, new Entry(change.Name, change.Price, change.Version, time.GetTimestamp(), available, requestedAt));
            }
        }
    }

    public void Dispose() => _products.Dispose();

    private Entry? FindEntry(string sku) => _products.Get<Entry>(sku);

    private void Set(string sku, Entry entry) => _products.Set(sku, entry, new MemoryCacheEntryOptions { Size = 1 });

    /// <param name="Name">Display name.</param>
    /// <param name="Price">Price of one unit.</param>
    /// <param name="Version">Version of name and price.</param>
    /// <param name="UpdatedAt">Timestamp of the moment at which they were stored.</param>
    /// <param name="Available">Available units in the last response of Catalog; null if there was none.</param>
    /// <param name="RequestedAt">Timestamp of the moment before that request was sent.</param>
    private sealed record Entry(string Name, Money Price, int Version, long UpdatedAt, int? Available, long RequestedAt);
}

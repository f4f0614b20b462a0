using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Messages;
using Money = Shop.Contracts.Money;

namespace Shop.Cart.Carts;

/// <summary>
/// The products that this process keeps in memory, so that carts are changed and shown without a call of Catalog. It is filled with the
/// responses of Catalog and corrected by <see cref="ProductChanged"/>. A product that does not exist is not cached.
/// </summary>
internal sealed class ProductCache(IOptions<CartOptions> options, TimeProvider time) : IDisposable
{
    // A few megabytes. If more products are in demand, those that were not used for the longest time are forgotten.
    internal const int Capacity = 10_000;

    private readonly MemoryCache _products = new(new MemoryCacheOptions { SizeLimit = Capacity });
    private readonly Lock _changes = new();

    /// <summary>The number of cached products, outdated ones included.</summary>
    public int Count => _products.Count;

    /// <summary>
    /// Returns the product, or null if Catalog has not been asked for it within <see cref="CartOptions.MaxProductAge"/>.
    /// </summary>
    public CartProduct? Find(string sku) =>
        FindEntry(sku) is { Available: { } available, AskedAt: var askedAt } entry
        && time.GetElapsedTime(askedAt) < options.Value.MaxProductAge
            ? new CartProduct(entry.Name, entry.Price, available)
            : null;

    /// <summary>Stores a product from a response of Catalog.</summary>
    /// <param name="product">The product.</param>
    /// <param name="askedAt">The timestamp of the moment before Catalog was asked.</param>
    public void Update(Product product, long askedAt)
    {
        lock (_changes)
        {
            // A message that arrived after Catalog was asked may be newer than the response, and then has the higher version. An older
            // entry is replaced whatever its version: a database that was restored has lower ones.
            var cached = FindEntry(product.Sku);
            var response = new Entry(
                product.Name, product.Price.ToMoney(), product.Version, time.GetTimestamp(), product.Available, askedAt);
            Set(product.Sku, cached is not null && cached.UpdatedAt >= askedAt && cached.Version > product.Version
                ? response with { Name = cached.Name, Price = cached.Price, Version = cached.Version, UpdatedAt = cached.UpdatedAt }
                : response);
        }
    }

    /// <summary>
    /// Stores name and price from a message, unless this version or a later one is cached. The message does not count as a response of
    /// Catalog: it does not contain the available units, and does not make the product younger.
    /// </summary>
    public void Update(ProductChanged change)
    {
        lock (_changes)
        {
            var cached = FindEntry(change.Sku);
            if (cached is null || cached.Version < change.Version)
            {
                // Also if the product is not cached: a response that was sent before the change may be under way.
                var (available, askedAt) = (cached?.Available, cached?.AskedAt ?? 0);
                Set(change.Sku, new Entry(change.Name, change.Price, change.Version, time.GetTimestamp(), available, askedAt));
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
    /// <param name="AskedAt">Timestamp of the moment before Catalog was asked for it.</param>
    private sealed record Entry(string Name, Money Price, int Version, long UpdatedAt, int? Available, long AskedAt);
}

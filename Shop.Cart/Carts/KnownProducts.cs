using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Messages;
using Money = Shop.Contracts.Money;

namespace Shop.Cart.Carts;

/// <summary>
/// What this process knows of products, so that carts are changed and shown without a call of Catalog. It is filled with the responses of
/// Catalog and corrected by <see cref="ProductChanged"/>. A product that does not exist is not remembered.
/// </summary>
internal sealed class KnownProducts(IOptions<CartOptions> options, TimeProvider time) : IDisposable
{
    // A few megabytes. If more products are in demand, those that were not used for the longest time are forgotten.
    internal const int Capacity = 10_000;

    private readonly MemoryCache _products = new(new MemoryCacheOptions { SizeLimit = Capacity });
    private readonly Lock _changes = new();

    /// <summary>The number of products that are known, outdated ones included.</summary>
    public int Count => _products.Count;

    /// <summary>
    /// Returns the product, or null if Catalog has not been asked for it within <see cref="CartOptions.MaxProductAge"/>.
    /// </summary>
    public CartProduct? Find(string sku) =>
        FindEntry(sku) is { Available: { } available, AskedAt: var askedAt } entry
        && time.GetElapsedTime(askedAt) < options.Value.MaxProductAge
            ? new CartProduct(entry.Name, entry.Price, available)
            : null;

    /// <summary>Learns from a response of Catalog.</summary>
    /// <param name="product">The product.</param>
    /// <param name="askedAt">The timestamp of the moment before Catalog was asked.</param>
    public void Learn(Product product, long askedAt)
    {
        lock (_changes)
        {
            // What was learned since Catalog was asked may be newer than the response. What was learned before is not, whatever its
            // version: a database that was restored has lower ones.
            var known = FindEntry(product.Sku);
            var response = new Entry(
                product.Name, product.Price.ToMoney(), product.Version, time.GetTimestamp(), product.Available, askedAt);
            Set(product.Sku, known is not null && known.LearnedAt >= askedAt && known.Version > product.Version
                ? response with { Name = known.Name, Price = known.Price, Version = known.Version, LearnedAt = known.LearnedAt }
                : response);
        }
    }

    /// <summary>
    /// Learns from a message, unless the product is known in this version or a later one. The message does not count as a response of
    /// Catalog: it does not contain the available units, and does not make the product younger.
    /// </summary>
    public void Learn(ProductChanged change)
    {
        lock (_changes)
        {
            var known = FindEntry(change.Sku);
            if (known is null || known.Version < change.Version)
            {
                // Also if the product is not known: a response that was sent before the change may be under way.
                var (available, askedAt) = (known?.Available, known?.AskedAt ?? 0);
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
    /// <param name="LearnedAt">Timestamp of the moment at which they were learned.</param>
    /// <param name="Available">Available units in the last response of Catalog; null if there was none.</param>
    /// <param name="AskedAt">Timestamp of the moment before Catalog was asked for it.</param>
    private sealed record Entry(string Name, Money Price, int Version, long LearnedAt, int? Available, long AskedAt);
}

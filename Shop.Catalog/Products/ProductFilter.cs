using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace Shop.Catalog.Products;

/// <summary>The filters of a product list. A filter that is null matches every product.</summary>
internal sealed record ProductFilter(SearchQuery? Search, string? Category, long? MinPrice, long? MaxPrice)
{
    /// <summary>Gets the filter that matches every product.</summary>
    public static ProductFilter None { get; } = new(null, null, null, null);

    /// <summary>Returns the products that match all filters.</summary>
    public IQueryable<Product> Apply(IQueryable<Product> products)
    {
        if (Search is { Words: var words, Stems: var stems })
        {
            products = products.Where(product => product.Search!.Matches(SearchIndex.Query(words, stems)));
        }

        if (Category is not null)
        {
            products = products.Where(product => product.Category == Category);
        }

        if (MinPrice is not null)
        {
            products = products.Where(product => product.Price.Amount >= MinPrice);
        }

        if (MaxPrice is not null)
        {
            products = products.Where(product => product.Price.Amount <= MaxPrice);
        }

        return products;
    }

    /// <summary>
    /// Returns a hash of the filters and the sort order. A cursor contains it, because a cursor is valid for one list only.
    /// </summary>
    public uint Fingerprint(string sort)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{sort}\n{Search?.Words}\n{Category}\n{MinPrice}\n{MaxPrice}"), hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash);
    }
}

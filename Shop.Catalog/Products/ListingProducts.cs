using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Storage;

namespace Shop.Catalog.Products;

/// <summary>Finds a page of products. A page goes on from where the last one ended, whatever was added or sold in between.</summary>
internal sealed class ListingProducts(CatalogDb db)
{
    public async Task<ProductPage?> ListAsync(ProductFilter filter, string sortedBy, string? after, int limit, CancellationToken cancellationToken)
    {
        var sort = ProductSort.Of(sortedBy, filter.Words);
        var list = filter.Fingerprint(sortedBy);

        var query = filter.Of(db.Products);
        if (after is not null)
        {
            if (!Cursor.TryParse(after, list, out var cursor) || sort.After(query, cursor) is not { } rest)
                return null;
            query = rest;
        }

        // One more than asked for tells whether there is a next page.
        var rows = await sort.View(sort.Sorted(query).Take(limit + 1)).ToListAsync(cancellationToken);
        if (rows.Count <= limit)
            return new ProductPage(rows.ConvertAll(row => row.Product), Next: null);

        rows.RemoveAt(limit);
        var last = rows[^1];
        return new ProductPage(rows.ConvertAll(row => row.Product), new Cursor(list, sort.ValueOf(last), last.Product.Sku).ToString());
    }
}

/// <summary>What is asked for; null means that it does not matter.</summary>
internal sealed record ProductFilter(SearchQuery? Words, string? Category, long? MinPrice, long? MaxPrice)
{
    public IQueryable<Product> Of(IQueryable<Product> products)
    {
        if (Words is { Text: var words })
            products = products.Where(product =>
                product.Search!.Matches(EF.Functions.ToTsQuery(SearchIndex.Stems, words).Or(EF.Functions.ToTsQuery(SearchIndex.Words, words))));
        if (Category is not null)
            products = products.Where(product => product.Category == Category);
        if (MinPrice is not null)
            products = products.Where(product => product.Price.Amount >= MinPrice);
        if (MaxPrice is not null)
            products = products.Where(product => product.Price.Amount <= MaxPrice);
        return products;
    }

    /// <summary>The same for every page of a list, and another for any other list.</summary>
    public uint Fingerprint(string sortedBy)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{sortedBy}\n{Words?.Text}\n{Category}\n{MinPrice}\n{MaxPrice}"), hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash);
    }
}

/// <summary>A product on a page, with how well it fits what was searched for.</summary>
internal sealed record ProductRow(ProductView Product, float Rank);

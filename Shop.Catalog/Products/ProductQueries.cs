using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Data;

namespace Shop.Catalog.Products;

/// <summary>Reads products with their availability.</summary>
internal sealed class ProductQueries(CatalogDbContext db)
{
    // Carts, product pages and the first page of the catalog run these queries all the time, so they are compiled once.

    private static readonly Func<CatalogDbContext, string, CancellationToken, Task<ProductRow?>> _findBySku = EF.CompileAsyncQuery(
        (CatalogDbContext db, string sku, CancellationToken _) => db.Products.AsNoTracking()
            .Where(product => product.Sku == sku)
            .Select(ProductRow.Projection)
            .SingleOrDefault());

    private static readonly Func<CatalogDbContext, string[], IAsyncEnumerable<ProductRow>> _findBySkus = EF.CompileAsyncQuery(
        (CatalogDbContext db, string[] skus) => db.Products.AsNoTracking()
            .Where(product => skus.Contains(product.Sku))
            .Select(ProductRow.Projection));

    private static readonly Func<CatalogDbContext, int, IAsyncEnumerable<ProductRow>> _listFirstByName = EF.CompileAsyncQuery(
        (CatalogDbContext db, int count) => db.Products.AsNoTracking()
            .OrderBy(product => product.Name).ThenBy(product => product.Sku)
            .Take(count)
            .Select(ProductRow.Projection));

    /// <summary>Finds a product, or returns null if it does not exist.</summary>
    public Task<ProductRow?> FindAsync(string sku, CancellationToken cancellationToken) => _findBySku(db, sku, cancellationToken);

    /// <summary>Finds products by SKU, in no particular order. Unknown SKUs are omitted.</summary>
    public IAsyncEnumerable<ProductRow> FindAsync(string[] skus) => _findBySkus(db, skus);

    /// <summary>
    /// Lists a page of products. Keyset pagination: a page starts after the last product of the previous page, so products that are added
    /// or removed in the meantime neither repeat nor hide others.
    /// </summary>
    /// <returns>The page, or null if <paramref name="after"/> is not a cursor of this list.</returns>
    public async Task<ProductPage?> ListAsync(
        ProductFilter filter, string sortName, string? after, int limit, CancellationToken cancellationToken)
    {
        var sort = ProductSort.Create(sortName, filter.Search);
        var fingerprint = filter.Fingerprint(sortName);

        var query = filter.Apply(db.Products);
        if (after is not null)
        {
            if (!ProductCursor.TryParse(after, fingerprint, out var cursor) || sort.After(query, cursor) is not { } remaining)
            {
                return null;
            }

            query = remaining;
        }

        // One row more than the limit tells whether there is a next page.
        var rows = sortName == ProductSort.Name && after is null && filter == ProductFilter.None
            ? await _listFirstByName(db, limit + 1).ToListAsync(cancellationToken)
            : await sort.OrderBy(query).Take(limit + 1).AsNoTracking().Select(sort.Projection).ToListAsync(cancellationToken);
        if (rows.Count <= limit)
        {
            return new ProductPage(rows.ConvertAll(row => row.Product), Next: null);
        }

        rows.RemoveAt(limit);
        var last = rows[^1];
        var next = new ProductCursor(fingerprint, sort.GetValue(last), last.Product.Sku);
        return new ProductPage(rows.ConvertAll(row => row.Product), next.ToString());
    }

    /// <summary>Lists the categories that have products, in alphabetical order.</summary>
    /// <remarks>
    /// Goes from each category to the next one in the index, because PostgreSQL reads every product for DISTINCT
    /// (https://wiki.postgresql.org/wiki/Loose_indexscan).
    /// </remarks>
    public Task<List<string>> ListCategoriesAsync(CancellationToken cancellationToken) =>
        db.Database.SqlQuery<string>(
            $"""
            with recursive categories as (
                (select category from products order by category limit 1)
                union all
                select (select next.category from products next where next.category > categories.category order by next.category limit 1)
                    from categories where categories.category is not null)
            select category as "Value" from categories where category is not null order by category
            """).ToListAsync(cancellationToken);

    /// <summary>Lists products in ascending order of their SKUs.</summary>
    /// <param name="category">Category of the products; all products if empty.</param>
    /// <param name="afterSku">SKU after which the list starts; empty for the first products.</param>
    /// <param name="count">Maximum number of products.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public Task<List<ProductRow>> ListBySkuAsync(string category, string afterSku, int count, CancellationToken cancellationToken)
    {
        var products = category.Length == 0 ? db.Products : db.Products.Where(product => product.Category == category);
        return products.AsNoTracking()
            .Where(product => string.Compare(product.Sku, afterSku) > 0)
            .OrderBy(product => product.Sku).Take(count)
            .Select(ProductRow.Projection).ToListAsync(cancellationToken);
    }
}

using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Data;

namespace Shop.Catalog.Products;

/// <summary>Adds products to the search index that are not in it: after a migration has reset the index, and demo products.</summary>
internal static class SearchIndexUpdate
{
    private const int BatchSize = 500;

    /// <summary>Adds all products that have no search vector.</summary>
    public static async Task RunAsync(CatalogDbContext db, CancellationToken cancellationToken)
    {
        while (true)
        {
            var products = await db.Products.AsNoTracking().Where(product => product.Search == null)
                .OrderBy(product => product.Sku).Take(BatchSize)
                .Select(product => new { product.Sku, product.Name, product.Category, product.Description })
                .ToListAsync(cancellationToken);
            if (products.Count == 0)
            {
                return;
            }

            foreach (var product in products)
            {
                var document = SearchIndex.CreateDocument(product.Sku, product.Name, product.Category, product.Description);
                await db.Database.ExecuteSqlAsync(
                    $"""
                     update products set search = product_search_vector({document.Words}, {document.Name}, {document.Description})
                     where sku = {product.Sku}
                     """, cancellationToken);
            }
        }
    }
}

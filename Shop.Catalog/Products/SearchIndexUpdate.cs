using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Data;
using Shop.Data;

namespace Shop.Catalog.Products;

/// <summary>
/// Writes the search vectors that are missing or outdated: after a migration or a change of <see cref="SearchWords"/>, of demo products,
/// and of products that a replica of an older version, or SQL, has added or has updated with a new version.
/// </summary>
internal static class SearchIndexUpdate
{
    private const int BatchSize = 500;

    /// <summary>
    /// Updates the outdated vectors, each in a transaction of its own. It skips products that are locked or written meanwhile, and those
    /// whose vector cannot be written.
    /// </summary>
    public static async Task RunAsync(CatalogDbContext db, ILogger log, CancellationToken cancellationToken)
    {
        List<OutdatedProduct> batch = [];
        do
        {
            batch = await FindOutdatedAsync(db, batch.LastOrDefault()?.Sku, cancellationToken);
            foreach (var product in batch)
            {
                try
                {
                    await UpdateAsync(db, product, cancellationToken);
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested && !DatabaseErrors.IsTransient(exception))
                {
                    log.SearchVectorUpdateFailed(product.Sku, exception);
                }
            }
        }
        while (batch.Count == BatchSize);
    }

    /// <summary>Finds products whose vector is outdated, in the order of their SKUs.</summary>
    /// <param name="db">The database context.</param>
    /// <param name="after">The last product of the previous batch; null for the first batch.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    internal static Task<List<OutdatedProduct>> FindOutdatedAsync(CatalogDbContext db, string? after, CancellationToken cancellationToken)
    {
        var outdated = db.Products.AsNoTracking()
            .Where(product => product.WordsVersion < SearchWords.Version || product.SearchVersion != product.Version);
        if (after is not null)
        {
            outdated = outdated.Where(product => string.Compare(product.Sku, after) > 0);
        }

        return outdated.OrderBy(product => product.Sku).Take(BatchSize)
            .Select(product => new OutdatedProduct(
                product.Sku, product.Version, product.Name, product.Category, product.Description))
            .ToListAsync(cancellationToken);
    }

    /// <summary>Updates the vector of a product, unless the product is locked or was written since it was read.</summary>
    internal static Task UpdateAsync(CatalogDbContext db, OutdatedProduct product, CancellationToken cancellationToken)
    {
        var document = SearchIndex.CreateDocument(product.Sku, product.Name, product.Category, product.Description);
        return db.Database.ExecuteSqlAsync(
            $"""
             update products set search = product_search_vector({document.Words}, {document.Name}, {document.Description}),
                 words_version = {SearchWords.Version}, search_version = version
             where sku in (
                 select sku from products where sku = {product.Sku} and version = {product.Version} for update skip locked)
             """, cancellationToken);
    }
}

/// <summary>A product whose search vector is missing or outdated.</summary>
internal sealed record OutdatedProduct(string Sku, int Version, string Name, string Category, string Description);

using Microsoft.EntityFrameworkCore;
using Npgsql;
using Shop.Catalog.Data;
using Shop.Catalog.Stock;
using Shop.Contracts;

namespace Shop.Catalog.Products;

/// <summary>Adds and updates products.</summary>
internal sealed class ProductAdministration(CatalogDbContext db, TimeProvider timeProvider, ILogger<ProductAdministration> log)
{
    /// <summary>Finds a product, or returns null if it does not exist.</summary>
    public Task<ProductDetails?> FindAsync(string sku, CancellationToken cancellationToken) =>
        db.Products.AsNoTracking().Where(product => product.Sku == sku)
            .Select(product => new ProductDetails(
                product.Sku,
                product.Name,
                product.Description,
                product.Category,
                new Money(product.Price.Amount, product.Price.Currency),
                product.CreatedAt,
                product.Version))
            .SingleOrDefaultAsync(cancellationToken);

    /// <summary>Adds a product, or returns null if its SKU already exists.</summary>
    public async Task<ProductDetails?> CreateAsync(NewProduct newProduct, CancellationToken cancellationToken)
    {
        db.Add(new Product
        {
            Sku = newProduct.Sku,
            Name = newProduct.Name,
            Description = newProduct.Description,
            Category = newProduct.Category,
            Price = newProduct.Price.ToMoney(),
            CreatedAt = timeProvider.GetUtcNowInMicroseconds(),
            Stock = new StockItem { Sku = newProduct.Sku, OnHand = newProduct.OnHand },
        });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception)
            when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return null;
        }

        log.ProductCreated(newProduct.Sku, newProduct.OnHand);
        return await FindAsync(newProduct.Sku, cancellationToken);
    }

    /// <summary>Updates a product if its version is the expected one.</summary>
    /// <param name="sku">SKU of the product.</param>
    /// <param name="expectedVersion">Expected version; null updates any version.</param>
    /// <param name="update">The new properties.</param>
    /// <param name="cancellationToken">Cancels the update.</param>
    /// <returns>False if the product does not exist or has another version.</returns>
    public async Task<bool> UpdateAsync(string sku, int? expectedVersion, ProductUpdate update, CancellationToken cancellationToken)
    {
        var price = update.Price.ToMoney();
        var updated = await db.Products
            .Where(product => product.Sku == sku && (expectedVersion == null || product.Version == expectedVersion))
            .ExecuteUpdateAsync(set => set
                .SetProperty(product => product.Name, update.Name)
                .SetProperty(product => product.Description, update.Description)
                .SetProperty(product => product.Category, update.Category)
                .SetProperty(product => product.Price.Amount, price.Amount)
                .SetProperty(product => product.Price.Currency, price.Currency)
                .SetProperty(product => product.Version, product => product.Version + 1), cancellationToken);
        if (updated == 0)
        {
            return false;
        }

        log.ProductUpdated(sku);
        return true;
    }
}

/// <summary>The properties of a product for its administration, without its stock.</summary>
/// <param name="Sku">SKU of the product.</param>
/// <param name="Name">Display name.</param>
/// <param name="Description">Description in plain text.</param>
/// <param name="Category">Category of the product.</param>
/// <param name="Price">Price of one unit.</param>
/// <param name="CreatedAt">Time when the product was created.</param>
/// <param name="Version">Version of the product. Each update increments it.</param>
public sealed record ProductDetails(
    string Sku, string Name, string Description, string Category, Money Price, DateTimeOffset CreatedAt, int Version);

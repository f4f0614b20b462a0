using Microsoft.EntityFrameworkCore;
using Npgsql;
using Shop.Catalog.Stock;
using Shop.Catalog.Storage;
using Shop.Contracts;

namespace Shop.Catalog.Products;

/// <summary>What the shop's own people do with products.</summary>
internal sealed class KeepingProducts(CatalogDb db, TimeProvider time, ILogger<KeepingProducts> log)
{
    public Task<KeptProduct?> FindAsync(string sku, CancellationToken cancellationToken) =>
        db.Products.AsNoTracking().Where(product => product.Sku == sku)
            .Select(product => new KeptProduct(
                product.Sku, product.Name, product.Description, product.Category, new Money(product.Price.Amount, product.Price.Currency), product.CreatedAt, product.Version))
            .SingleOrDefaultAsync(cancellationToken);

    /// <summary>Null when there is a product with this SKU already.</summary>
    public async Task<KeptProduct?> CreateAsync(NewProduct wanted, CancellationToken cancellationToken)
    {
        db.Add(new Product
        {
            Sku = wanted.Sku,
            Name = wanted.Name,
            Description = wanted.Description,
            Category = wanted.Category,
            Price = wanted.Price.ToMoney(),
            CreatedAt = time.GetStorableNow(),
            Stock = new StockItem { Sku = wanted.Sku, OnHand = wanted.OnHand },
        });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return null;
        }

        log.ProductCreated(wanted.Sku, wanted.OnHand);
        return await FindAsync(wanted.Sku, cancellationToken);
    }

    /// <summary>Changes a product if it is still as it was seen; <paramref name="seen"/> is null when that does not matter. False when it is not, or not there.</summary>
    public async Task<bool> UpdateAsync(string sku, int? seen, ProductUpdate update, CancellationToken cancellationToken)
    {
        var price = update.Price.ToMoney();
        var changed = await db.Products
            .Where(product => product.Sku == sku && (seen == null || product.Version == seen))
            .ExecuteUpdateAsync(set => set
                .SetProperty(product => product.Name, update.Name)
                .SetProperty(product => product.Description, update.Description)
                .SetProperty(product => product.Category, update.Category)
                .SetProperty(product => product.Price.Amount, price.Amount)
                .SetProperty(product => product.Price.Currency, price.Currency)
                .SetProperty(product => product.Version, product => product.Version + 1), cancellationToken);
        if (changed == 0)
            return false;

        log.ProductUpdated(sku);
        return true;
    }
}

/// <summary>A product as it is kept, without its stock.</summary>
public sealed record KeptProduct(string Sku, string Name, string Description, string Category, Money Price, DateTimeOffset CreatedAt, int Version);

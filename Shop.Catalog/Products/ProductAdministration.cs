using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Data;
using Shop.Contracts;
using Shop.Telemetry.Events;

namespace Shop.Catalog.Products;

/// <summary>Adds and updates products.</summary>
internal sealed class ProductAdministration(CatalogDbContext db, TimeProvider timeProvider, AuditLog audit)
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

    /// <summary>
    /// Adds a product, or returns null if its SKU already exists. A product that exists exactly as requested is the result of an earlier
    /// attempt whose response was lost, and is returned.
    /// </summary>
    public async Task<ProductDetails?> CreateAsync(NewProduct product, CancellationToken cancellationToken)
    {
        var document = SearchIndex.CreateDocument(product.Sku, product.Name, product.Category, product.Description);
        var created = await db.Database.SqlQuery<ProductRecord>(
            $"""
             with product as (
                 insert into products (sku, name, description, category, price_amount, price_currency, created_at, version, search,
                     words_version, search_version)
                 values (
                     {product.Sku}, {product.Name}, {product.Description}, {product.Category}, {product.Price.Amount!.Value},
                     {product.Price.Currency}, {timeProvider.GetUtcNowInMicroseconds()}, 1,
                     product_search_vector({document.Words}, {document.Name}, {document.Description}), {SearchWords.Version}, 1)
                 on conflict (sku) do nothing
                 returning *
             ), stock as (
                 insert into stock (sku, on_hand, reserved) select sku, {product.OnHand}, 0 from product
             )
             select sku as "Sku", name as "Name", description as "Description", category as "Category", price_amount as "Amount",
                 price_currency as "Currency", created_at as "CreatedAt", version as "Version"
             from product
             """).ToListAsync(cancellationToken);
        if (created is [var row])
        {
            audit.ProductCreated(product.Sku, product.OnHand, repeated: false);
            return row.ToDetails();
        }

        if (await FindAsync(product.Sku, cancellationToken) is not { Version: 1 } existing
            || !product.ToUpdate().IsContentOf(existing)
            || !await db.Stock.AnyAsync(item => item.Sku == product.Sku && item.OnHand == product.OnHand, cancellationToken))
        {
            return null;
        }

        // The earlier attempt may have ended before its record was written.
        audit.ProductCreated(product.Sku, product.OnHand, repeated: true);
        return existing;
    }

    /// <summary>Updates a product if its version is an expected one.</summary>
    /// <param name="sku">SKU of the product.</param>
    /// <param name="expectedVersions">Expected versions; null updates any version.</param>
    /// <param name="update">The new properties.</param>
    /// <param name="cancellationToken">Cancels the update.</param>
    public async Task<UpdateResult> UpdateAsync(
        string sku, int[]? expectedVersions, ProductUpdate update, CancellationToken cancellationToken)
    {
        var document = SearchIndex.CreateDocument(sku, update.Name, update.Category, update.Description);

        // The statement returns what it has written, and not what another update has written since.
        var updated = await db.Database.SqlQuery<ProductRecord>(
            $"""
             update products set name = {update.Name}, description = {update.Description}, category = {update.Category},
                 price_amount = {update.Price.Amount!.Value}, price_currency = {update.Price.Currency}, version = version + 1,
                 search = product_search_vector({document.Words}, {document.Name}, {document.Description}),
                 words_version = {SearchWords.Version}, search_version = version + 1
             where sku = {sku} and ({expectedVersions is null} or version = any({expectedVersions ?? []}))
             returning sku as "Sku", name as "Name", description as "Description", category as "Category", price_amount as "Amount",
                 price_currency as "Currency", created_at as "CreatedAt", version as "Version"
             """).ToListAsync(cancellationToken);
        if (updated is [var row])
        {
            audit.ProductUpdated(sku, repeated: false);
            return new UpdateResult.Updated(row.ToDetails());
        }

        if (await FindAsync(sku, cancellationToken) is not { } current)
        {
            return new UpdateResult.UnknownProduct();
        }

        if (!expectedVersions!.Contains(current.Version - 1) || !update.IsContentOf(current))
        {
            return new UpdateResult.VersionMismatch();
        }

        // An earlier attempt whose response was lost has written the next version with the same content. It may have ended before its
        // record was written.
        audit.ProductUpdated(sku, repeated: true);
        return new UpdateResult.Updated(current);
    }

    private sealed record ProductRecord(
        string Sku, string Name, string Description, string Category, long Amount, string Currency, DateTimeOffset CreatedAt, int Version)
    {
        public ProductDetails ToDetails() => new(Sku, Name, Description, Category, new Money(Amount, Currency), CreatedAt, Version);
    }
}

/// <summary>The result of <see cref="ProductAdministration.UpdateAsync"/>.</summary>
internal abstract record UpdateResult
{
    /// <summary>The product has the new properties.</summary>
    public sealed record Updated(ProductDetails Product) : UpdateResult;

    public sealed record UnknownProduct : UpdateResult;

    /// <summary>The product has none of the expected versions.</summary>
    public sealed record VersionMismatch : UpdateResult;
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

using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Storage;
using Shop.Contracts;
using Shop.Contracts.Events;
using Shop.ServiceDefaults.Events;

namespace Shop.Catalog.Products;

internal static class ProductEndpoints
{
    public static void MapProducts(this IEndpointRouteBuilder routes)
    {
        var products = routes.MapGroup("/api/v1/products").WithTags("Products");
        products.MapGet("", ListProducts);
        products.MapGet("/{sku}", GetProduct);
    }

    private static async Task<Results<Ok<ProductPage>, ValidationProblem>> ListProducts(
        CatalogDb db, CancellationToken cancellationToken, [Range(1, 100)] int limit = 20, string? after = null)
    {
        Cursor cursor = default;
        if (after is not null && !Cursor.TryParse(after, out cursor))
            return TypedResults.ValidationProblem([new("after", ["Not a cursor of this list. Use 'next' of the page before."])]);

        var query = db.Products.OrderBy(product => product.Sku).AsQueryable();
        if (cursor.AfterSku is { } sku)
            query = query.Where(product => string.Compare(product.Sku, sku) > 0);

        // One more than asked for tells whether there is a next page.
        var items = await db.View(query).Take(limit + 1).ToListAsync(cancellationToken);
        var next = items.Count > limit ? new Cursor(items[limit - 1].Sku).ToString() : null;
        return TypedResults.Ok(new ProductPage(items.Take(limit), next));
    }

    private static async Task<Results<Ok<ProductView>, NotFound>> GetProduct(string sku, CatalogDb db, JourneyEvents events, CancellationToken cancellationToken)
    {
        if (await db.View(db.Products.Where(product => product.Sku == sku)).SingleOrDefaultAsync(cancellationToken) is not { } product)
            return TypedResults.NotFound();

        events.Write(new CatalogEvents.ProductViewed(product.Sku, product.Available, product.Price.Amount, product.Price.Currency));
        return TypedResults.Ok(product);
    }
}

/// <param name="Items">The products of this page.</param>
/// <param name="Next">What to pass as <c>after</c> for the next page; null on the last one.</param>
public sealed record ProductPage(IEnumerable<ProductView> Items, string? Next);

/// <param name="Sku">The product's number; never changes.</param>
/// <param name="Name">A few words.</param>
/// <param name="Description">A few sentences.</param>
/// <param name="Category">One word.</param>
/// <param name="Price">In minor units: 1299 EUR is 12.99 euro.</param>
/// <param name="Available">Pieces that can be bought now.</param>
public sealed record ProductView(string Sku, string Name, string Description, string Category, Money Price, int Available);

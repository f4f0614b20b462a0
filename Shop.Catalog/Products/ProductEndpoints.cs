using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Linq.Expressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Catalog.Storage;
using Shop.Contracts;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Web.Http;
using Shop.Web.Problems;

namespace Shop.Catalog.Products;

internal static class ProductEndpoints
{
    public static void AddProducts(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<ListingProducts>();
        builder.Services.AddScoped<KeepingProducts>();
    }

    public static void MapProducts(this IEndpointRouteBuilder routes)
    {
        var products = routes.MapGroup("/api/v1/products").WithTags("Products");
        products.MapGet("", ListProducts).WithName("listProducts")
            .WithSummary("Searches and lists products")
            .WithDescription("All filters must hold. A search finds products with all of its words, each at least as the beginning of one, in name, category or description.");
        products.MapGet("/{sku}", GetProduct).WithName("getProduct")
            .WithSummary("One product")
            .WithDescription("The ETag changes with every change of the product and of what is available; send it as If-None-Match.")
            .Produces(StatusCodes.Status304NotModified)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesValidationProblem();
    }

    private static async Task<Results<Ok<ProductPage>, ValidationProblem>> ListProducts(
        ListingProducts products,
        CancellationToken cancellationToken,
        [Description("Words to search for."), StringLength(SearchQuery.LongestText)] string? q = null,
        [RegularExpression(Product.CategoryPattern)] string? category = null,
        [Description("In minor units: 1299 is 12.99."), Range(0, Product.HighestPrice)] long? minPrice = null,
        [Description("In minor units: 1299 is 12.99."), Range(0, Product.HighestPrice)] long? maxPrice = null,
        [Description("relevance (for searches only, and their default), name (else the default), price, -price or newest."), RegularExpression(ProductSort.NamePattern)] string? sort = null,
        [Range(1, 100)] int limit = 20,
        [Description("'next' of the page before.")] string? after = null)
    {
        var words = string.IsNullOrWhiteSpace(q) ? null : SearchQuery.Parse(q);
        if (words is null && !string.IsNullOrWhiteSpace(q))
            return ProblemResults.InvalidField("q", "There is no word in it: letters or digits are needed.");
        if (words is null && sort == "relevance")
            return ProblemResults.InvalidField("sort", "Only a search can be sorted by relevance.");
        if (minPrice > maxPrice)
            return ProblemResults.InvalidField("maxPrice", "Is below minPrice.");

        var page = await products.ListAsync(
            new ProductFilter(words, category, minPrice, maxPrice), sort ?? (words is null ? "name" : "relevance"), after, limit, cancellationToken);
        return page is null
            ? ProblemResults.InvalidField("after", "Not a cursor of this list. Use 'next' of the page before, with the same filters and sorting.")
            : TypedResults.Ok(page);
    }

    private static async Task<Results<Ok<ProductView>, StatusCodeHttpResult, ProblemHttpResult>> GetProduct(
        [RegularExpression(Product.SkuPattern)] string sku, CatalogDb db, JourneyEvents events, HttpContext http, CancellationToken cancellationToken)
    {
        if (await db.FindProductAsync(sku, cancellationToken) is not { } found)
            return Refusals.UnknownProduct(sku);

        events.Emit(new CatalogEvents.ProductViewed(sku, found.Product.Available, found.Product.Price.Amount, found.Product.Price.Currency));

        // What the answer shows is the product and how much of it there is, so both make its tag.
        return http.MatchesIfNoneMatch(ProductTags.Of(found.Version, found.Product.Available))
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Ok(found.Product);
    }
}

/// <param name="Items">The products of this page.</param>
/// <param name="Next">What to pass as <c>after</c> for the next page; null on the last one.</param>
public sealed record ProductPage(IReadOnlyList<ProductView> Items, string? Next);

/// <param name="Sku">The product's number; never changes.</param>
/// <param name="Name">A few words.</param>
/// <param name="Description">A few sentences.</param>
/// <param name="Category">One word.</param>
/// <param name="Price">In minor units: 1299 EUR is 12.99 euro.</param>
/// <param name="Available">Pieces that can be bought now.</param>
/// <param name="CreatedAt">Since when it is sold.</param>
public sealed record ProductView(string Sku, string Name, string Description, string Category, Money Price, int Available, DateTimeOffset CreatedAt)
{
    internal static Expression<Func<Product, ProductView>> OfProduct { get; } = product => new ProductView(
        product.Sku, product.Name, product.Description, product.Category, new Money(product.Price.Amount, product.Price.Currency), product.Stock.OnHand - product.Stock.Reserved, product.CreatedAt);
}

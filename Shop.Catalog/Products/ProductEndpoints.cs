using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Web.Http;
using Shop.Web.Problems;

namespace Shop.Catalog.Products;

internal static class ProductEndpoints
{
    public static void AddProducts(this IHostApplicationBuilder builder)
    {
        builder.Services.AddScoped<ProductQueries>();
        builder.Services.AddScoped<ProductAdministration>();
        builder.Services.AddScoped<ProductChanges>();
        builder.Services.AddHostedService<SearchIndexWorker>();
    }

    public static void MapProducts(this IEndpointRouteBuilder routes)
    {
        var products = routes.MapGroup("/api/v1").WithTags("Products").AllowAnonymous();
        products.MapGet("/products", ListProducts).WithName("listProducts");
        products.MapGet("/categories", ListCategories).WithName("listCategories");
        products.MapGet("/products/{sku}", GetProduct).WithName("getProduct")
            .Produces(StatusCodes.Status304NotModified)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesValidationProblem();
    }

    [EndpointSummary("Lists products")]
    [EndpointDescription(
        "Returns the products that match all filters. A search matches products whose name, SKU, category and description contain every " +
        "word of the query, as a word, as the prefix of one or in another form. A single letter matches a whole word only, and a search " +
        "for single letters alone matches names, SKUs and categories.")]
    private static async Task<Results<Ok<ProductPage>, ValidationProblem>> ListProducts(
        ProductQueries products,
        CancellationToken cancellationToken,
        [Description("Search words."), StringLength(SearchQuery.MaxLength)] string? q = null,
        [Description("Category of the products."), RegularExpression(Product.CategoryPattern)] string? category = null,
        [Description("Minimum price in minor units: 1299 is 12.99."), Range(0, Product.MaxPrice)] long? minPrice = null,
        [Description("Maximum price in minor units: 1299 is 12.99."), Range(0, Product.MaxPrice)] long? maxPrice = null,
        [Description("Sort order: relevance, name, price, -price or newest. Default: relevance for a search, name otherwise.")]
        [RegularExpression(ProductSort.NamePattern)] string? sort = null,
        [Description("Maximum number of products."), Range(1, 100)] int limit = 20,
        [Description("Cursor: the value of 'next' in the previous page.")] string? after = null)
    {
        var search = SearchQuery.Parse(q);
        if (Validate(q, search, sort, minPrice, maxPrice) is { } problem)
        {
            return problem;
        }

        sort ??= search is null ? ProductSort.Name : ProductSort.Relevance;
        var filter = new ProductFilter(search, category, minPrice, maxPrice);
        return await products.ListAsync(filter, sort, after, limit, cancellationToken) is { } page
            ? TypedResults.Ok(page)
            : ProblemResults.InvalidField("after", "Must be the 'next' value of a page with the same filters and sort order.");
    }

    private static ValidationProblem? Validate(string? q, SearchQuery? search, string? sort, long? minPrice, long? maxPrice)
    {
        if (search is null && !string.IsNullOrWhiteSpace(q))
        {
            return ProblemResults.InvalidField("q", "Must contain a visible character.");
        }

        if (search is null && sort == ProductSort.Relevance)
        {
            return ProblemResults.InvalidField("sort", "The sort order 'relevance' requires a search.");
        }

        return minPrice > maxPrice ? ProblemResults.InvalidField("maxPrice", "Must not be less than minPrice.") : null;
    }

    [EndpointSummary("Lists categories")]
    [EndpointDescription("Returns the categories that have at least one product, in alphabetical order.")]
    private static async Task<Ok<CategoryList>> ListCategories(ProductQueries products, CancellationToken cancellationToken) =>
        TypedResults.Ok(new CategoryList(await products.ListCategoriesAsync(cancellationToken)));

    [EndpointSummary("Gets a product")]
    [EndpointDescription(
        "The ETag changes when the product or its availability changes. Send it in If-None-Match for a conditional request.")]
    private static async Task<Results<Ok<ProductView>, StatusCodeHttpResult, ProblemHttpResult>> GetProduct(
        [RegularExpression(Product.SkuPattern)] string sku,
        ProductQueries products,
        JourneyEvents events,
        HttpContext http,
        CancellationToken cancellationToken)
    {
        if (await products.FindAsync(sku, cancellationToken) is not { Product: var product, Version: var version })
        {
            return CatalogProblems.UnknownProduct(sku);
        }

        events.EmitView(new CatalogEvents.ProductViewed(sku, product.Available, product.Price.Amount, product.Price.Currency));
        return http.MatchesIfNoneMatch(ProductETags.Create(version, product.Available))
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Ok(product);
    }
}

/// <summary>A page of products.</summary>
/// <param name="Items">Products of this page.</param>
/// <param name="Next">Cursor of the next page, for the parameter <c>after</c>; null on the last page.</param>
public sealed record ProductPage(IReadOnlyList<ProductView> Items, string? Next);

/// <summary>The categories of the catalog.</summary>
/// <param name="Items">Names of the categories that have products, in alphabetical order.</param>
public sealed record CategoryList(IReadOnlyList<string> Items);

using Microsoft.AspNetCore.Http.Extensions;
using Shop.Contracts;

namespace Shop.Storefront.Clients;

/// <summary>Reads products from the catalog.</summary>
internal sealed class CatalogClient(HttpClient http, ILogger<CatalogClient> log) : ServiceClient(http, log)
{
    /// <summary>Returns a page of the products that match all filters.</summary>
    public Task<ServiceResult<ProductList>> ListAsync(ProductListQuery query, CancellationToken cancellationToken)
    {
        var parameters = new QueryBuilder();
        foreach (var (name, value) in query.ToParameters())
        {
            parameters.Add(name, value);
        }

        return GetAsync<ProductList>($"/api/v1/products{parameters}", cancellationToken);
    }

    /// <summary>Returns a product.</summary>
    public Task<ServiceResult<ProductDetails>> FindAsync(string sku, CancellationToken cancellationToken) =>
        GetAsync<ProductDetails>($"/api/v1/products/{Uri.EscapeDataString(sku)}", cancellationToken);

    /// <summary>Returns the categories that have products, in alphabetical order.</summary>
    public Task<ServiceResult<CategoryList>> ListCategoriesAsync(CancellationToken cancellationToken) =>
        GetAsync<CategoryList>("/api/v1/categories", cancellationToken);
}

/// <summary>The filters, the order and the place of a page of the product list.</summary>
/// <param name="Search">Search words.</param>
/// <param name="Category">Category of the products.</param>
/// <param name="MinPrice">Minimum price in minor units.</param>
/// <param name="MaxPrice">Maximum price in minor units.</param>
/// <param name="Sort">Sort order: relevance, name, price, -price or newest.</param>
/// <param name="After">Cursor: <c>Next</c> of the previous page.</param>
/// <param name="Limit">Maximum number of products.</param>
internal sealed record ProductListQuery(
    string? Search = null,
    string? Category = null,
    long? MinPrice = null,
    long? MaxPrice = null,
    string? Sort = null,
    string? After = null,
    int Limit = 12)
{
    /// <summary>Returns the query parameters of the request that have a value.</summary>
    public IEnumerable<(string Name, string Value)> ToParameters() =>
        new (string Name, string? Value)[]
        {
            ("q", Search), ("category", Category), ("minPrice", Text(MinPrice)), ("maxPrice", Text(MaxPrice)),
            ("sort", Sort), ("after", After), ("limit", Text(Limit)),
        }.Where(parameter => !string.IsNullOrWhiteSpace(parameter.Value)).Select(parameter => (parameter.Name, parameter.Value!));

    private static string? Text(long? number) => number?.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A page of the product list.</summary>
/// <param name="Items">Products.</param>
/// <param name="Next">Cursor of the next page; null on the last one.</param>
public sealed record ProductList(IReadOnlyList<ProductDetails> Items, string? Next);

/// <summary>A product.</summary>
/// <param name="Sku">SKU of the product.</param>
/// <param name="Name">Name of the product.</param>
/// <param name="Description">Description in plain text.</param>
/// <param name="Category">Category of the product.</param>
/// <param name="Price">Price of one unit.</param>
/// <param name="Available">Units that are available for purchase.</param>
public sealed record ProductDetails(string Sku, string Name, string Description, string Category, Money Price, int Available);

/// <summary>The categories of the catalog.</summary>
/// <param name="Items">The names of the categories.</param>
public sealed record CategoryList(IReadOnlyList<string> Items);

using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Shop.Catalog.Stock;
using Shop.Contracts;
using Shop.Web.Authentication;
using Shop.Web.Http;

namespace Shop.Catalog.Products;

/// <summary>Endpoints for staff.</summary>
internal static class ProductAdminEndpoints
{
    public static void MapProductAdmin(this IEndpointRouteBuilder routes)
    {
        var products = routes.MapGroup("/api/v1/admin").WithTags("Admin").RequireAuthorization(AuthorizationPolicies.Staff);
        products.MapPost("/products", CreateProduct).WithName("createProduct").ProducesProblem(StatusCodes.Status409Conflict);

        var product = products.MapGroup("").ProducesProblem(StatusCodes.Status404NotFound).ProducesValidationProblem();
        product.MapGet("/products/{sku}", ReadProduct).WithName("readProduct").Produces(StatusCodes.Status304NotModified);
        product.MapPut("/products/{sku}", UpdateProduct).WithName("updateProduct")
            .ProducesProblem(StatusCodes.Status412PreconditionFailed)
            .ProducesProblem(StatusCodes.Status428PreconditionRequired);
    }

    [EndpointSummary("Adds a product with its initial stock")]
    [EndpointDescription(
        "The response is 409 if the SKU exists, unless the product exists exactly as requested: then the response to an earlier attempt " +
        "was lost.")]
    private static async Task<Results<Created<ProductDetails>, ProblemHttpResult, ValidationProblem>> CreateProduct(
        NewProduct product, ProductAdministration products, HttpContext http, CancellationToken cancellationToken)
    {
        if (await products.CreateAsync(product, cancellationToken) is not { } details)
        {
            return CatalogProblems.SkuAlreadyExists(product.Sku);
        }

        http.Response.Headers.ETag = ProductETags.Create(details.Version);
        // Relative: an address made from the route would contain the Host header of the caller.
        return TypedResults.Created($"/api/v1/admin/products/{details.Sku}", details);
    }

    [EndpointSummary("Gets the details of a product, with the ETag that an update requires")]
    private static async Task<Results<Ok<ProductDetails>, StatusCodeHttpResult, ProblemHttpResult>> ReadProduct(
        [RegularExpression(Product.SkuPattern)] string sku,
        ProductAdministration products,
        HttpContext http,
        CancellationToken cancellationToken)
    {
        if (await products.FindAsync(sku, cancellationToken) is not { } details)
        {
            return CatalogProblems.UnknownProduct(sku);
        }

        return http.MatchesIfNoneMatch(ProductETags.Create(details.Version))
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Ok(details);
    }

    [EndpointSummary("Updates a product")]
    [EndpointDescription(
        "Replaces all properties of the product. If-Match must contain the current ETag of the product, alone or in a list, or '*' to " +
        "skip the check. " +
        "The response is 412 if the product was changed since it was read. A repeated request whose first response was lost is answered " +
        "as the first one.")]
    private static async Task<Results<Ok<ProductDetails>, ProblemHttpResult, ValidationProblem>> UpdateProduct(
        [RegularExpression(Product.SkuPattern)] string sku,
        [FromHeader(Name = "If-Match")] string? ifMatch,
        ProductUpdate update,
        ProductAdministration products,
        ProductChanges changes,
        HttpContext http,
        CancellationToken cancellationToken)
    {
        if (!ProductETags.TryParseIfMatch(ifMatch, out var expectedVersions))
        {
            return CatalogProblems.IfMatchRequired();
        }

        switch (await products.UpdateAsync(sku, expectedVersions, update, cancellationToken))
        {
            case UpdateResult.Updated(var details):
                await changes.PublishAsync(details);
                http.Response.Headers.ETag = ProductETags.Create(details.Version);
                return TypedResults.Ok(details);
            case UpdateResult.UnknownProduct:
                return CatalogProblems.UnknownProduct(sku);
            case UpdateResult.VersionMismatch:
                return CatalogProblems.VersionMismatch(sku);
            case var result:
                throw new InvalidOperationException($"Unexpected result {result}.");
        }
    }
}

/// <summary>A product to add.</summary>
/// <param name="Sku">SKU: 1 to 32 letters, digits and hyphens. It cannot be changed later.</param>
/// <param name="Name">Display name, a single line.</param>
/// <param name="Description">Description in plain text.</param>
/// <param name="Category">Category of the product.</param>
/// <param name="Price">Price of one unit.</param>
/// <param name="OnHand">Initial stock, in units.</param>
public sealed record NewProduct(
    [Required, RegularExpression(Product.SkuPattern)] string Sku,
    [Required, StringLength(Product.MaxNameLength), RegularExpression(Product.SingleLinePattern)] string Name,
    [Required, StringLength(Product.MaxDescriptionLength), RegularExpression(Product.MultilinePattern)] string Description,
    [Required, RegularExpression(Product.CategoryPattern)] string Category,
    [Required] Price Price,
    [Range(0, StockItem.MaxQuantity)] int OnHand = 0)
{
    internal ProductUpdate ToUpdate() => new(Name, Description, Category, Price);
}

/// <summary>The new properties of a product.</summary>
/// <param name="Name">Display name, a single line.</param>
/// <param name="Description">Description in plain text.</param>
/// <param name="Category">Category of the product.</param>
/// <param name="Price">Price of one unit.</param>
public sealed record ProductUpdate(
    [Required, StringLength(Product.MaxNameLength), RegularExpression(Product.SingleLinePattern)] string Name,
    [Required, StringLength(Product.MaxDescriptionLength), RegularExpression(Product.MultilinePattern)] string Description,
    [Required, RegularExpression(Product.CategoryPattern)] string Category,
    [Required] Price Price)
{
    /// <summary>Whether a product has these properties.</summary>
    internal bool IsContentOf(ProductDetails product) =>
        (Name, Description, Category, Price.ToMoney()) == (product.Name, product.Description, product.Category, product.Price);
}

/// <summary>A price in a request.</summary>
/// <param name="Amount">Amount in minor units of the currency: 1299 is 12.99.</param>
/// <param name="Currency">ISO 4217 currency code.</param>
public sealed record Price(
    [Required, Range(0, Product.MaxPrice)] long? Amount,
    [Required, Currency] string Currency)
{
    internal Money ToMoney() => new(Amount!.Value, Currency);
}

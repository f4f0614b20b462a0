using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Shop.Contracts;
using Shop.Web.Http;

namespace Shop.Catalog.Products;

/// <summary>For the shop's own people. Nothing here asks who they are: an ingress passes <c>/api/v1/admin</c> on to nobody else.</summary>
internal static class ProductAdmin
{
    public static void MapProductAdmin(this IEndpointRouteBuilder routes)
    {
        var products = routes.MapGroup("/api/v1/admin/products").WithTags("Admin");
        products.MapPost("", CreateProduct).WithName("createProduct")
            .WithSummary("Adds a product with its first stock")
            .ProducesProblem(StatusCodes.Status409Conflict);
        products.MapGet("/{sku}", ReadProduct).WithName("readProduct")
            .WithSummary("A product as it is kept, with the ETag that an update needs")
            .Produces(StatusCodes.Status304NotModified)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesValidationProblem();
        products.MapPut("/{sku}", UpdateProduct).WithName("updateProduct")
            .WithSummary("Replaces all that a product says")
            .WithDescription("If-Match is the ETag of what you have read; when somebody else was faster, the answer is 412 and nothing is changed.")
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status412PreconditionFailed)
            .ProducesProblem(StatusCodes.Status428PreconditionRequired);
    }

    private static async Task<Results<CreatedAtRoute<KeptProduct>, ProblemHttpResult, ValidationProblem>> CreateProduct(
        NewProduct product, KeepingProducts products, HttpContext http, CancellationToken cancellationToken)
    {
        if (await products.CreateAsync(product, cancellationToken) is not { } kept)
            return Refusals.SkuTaken(product.Sku);

        http.Response.Headers.ETag = ProductTags.Of(kept.Version);
        return TypedResults.CreatedAtRoute(kept, "readProduct", new { sku = kept.Sku });
    }

    private static async Task<Results<Ok<KeptProduct>, StatusCodeHttpResult, ProblemHttpResult>> ReadProduct(
        [RegularExpression(Product.SkuPattern)] string sku, KeepingProducts products, HttpContext http, CancellationToken cancellationToken)
    {
        if (await products.FindAsync(sku, cancellationToken) is not { } kept)
            return Refusals.UnknownProduct(sku);

        return http.MatchesIfNoneMatch(ProductTags.Of(kept.Version))
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Ok(kept);
    }

    private static async Task<Results<Ok<KeptProduct>, ProblemHttpResult, ValidationProblem>> UpdateProduct(
        [RegularExpression(Product.SkuPattern)] string sku,
        [FromHeader(Name = "If-Match")] string? ifMatch,
        ProductUpdate update,
        KeepingProducts products,
        HttpContext http,
        CancellationToken cancellationToken)
    {
        if (!ProductTags.TryReadVersion(ifMatch, out var seen))
            return Refusals.IfMatchNeeded();

        var changed = await products.UpdateAsync(sku, seen, update, cancellationToken);
        if (await products.FindAsync(sku, cancellationToken) is not { } kept)
            return Refusals.UnknownProduct(sku);
        if (!changed)
            return Refusals.ChangedMeanwhile();

        http.Response.Headers.ETag = ProductTags.Of(kept.Version);
        return TypedResults.Ok(kept);
    }
}

/// <param name="Sku">The product's number: letters, digits and hyphens; never changes.</param>
/// <param name="Name">A few words.</param>
/// <param name="Description">A few sentences.</param>
/// <param name="Category">One word.</param>
/// <param name="Price">What a piece costs.</param>
/// <param name="OnHand">Pieces on the shelf to begin with.</param>
public sealed record NewProduct(
    [Required, RegularExpression(Product.SkuPattern)] string Sku,
    [Required, StringLength(Product.NameLength), RegularExpression(Product.LinePattern)] string Name,
    [Required, StringLength(Product.DescriptionLength), RegularExpression(Product.TextPattern)] string Description,
    [Required, RegularExpression(Product.CategoryPattern)] string Category,
    [Required] Price Price,
    [Range(0, Stock.StockItem.MostPieces)] int OnHand = 0);

/// <param name="Name">A few words.</param>
/// <param name="Description">A few sentences.</param>
/// <param name="Category">One word.</param>
/// <param name="Price">What a piece costs.</param>
public sealed record ProductUpdate(
    [Required, StringLength(Product.NameLength), RegularExpression(Product.LinePattern)] string Name,
    [Required, StringLength(Product.DescriptionLength), RegularExpression(Product.TextPattern)] string Description,
    [Required, RegularExpression(Product.CategoryPattern)] string Category,
    [Required] Price Price);

/// <param name="Amount">In minor units: 1299 is 12.99.</param>
/// <param name="Currency">ISO 4217.</param>
public sealed record Price(
    [Required, Range(0, Product.HighestPrice)] long? Amount,
    [Required, RegularExpression(Product.CurrencyPattern)] string Currency)
{
    internal Money ToMoney() => new(Amount!.Value, Currency);
}

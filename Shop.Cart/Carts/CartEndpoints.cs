using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Events;
using Shop.Contracts.Journeys;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;
using Shop.Web.Http;
using Shop.Web.Problems;

namespace Shop.Cart.Carts;

internal static class CartEndpoints
{
    public static void AddCarts(this IHostApplicationBuilder builder)
    {
        builder.AddRedis("redis");
        builder.Services.AddServiceGrpcClient<Catalog.CatalogClient>("catalog");
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddOptions<CartOptions>().BindConfiguration(CartOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<CartOptions>, CartOptionsValidator>();
        builder.Services.AddSingleton<CartStore>();
        builder.Services.AddSingleton<MergingCarts>();
        builder.Services.AddScoped<Pricing>();
        builder.AddJourneyEventListener<CartMetrics>();
    }

    public static void MapCarts(this IEndpointRouteBuilder routes)
    {
        var carts = routes.MapGroup("/api/v1/carts").WithTags("Carts");
        carts.MapGet("/{cartId}", ReadCart).WithName("readCart")
            .WithSummary("What is in a cart, at today's prices")
            .WithDescription("A cart that nobody has put anything into is an empty one. The ETag changes with all that is shown; send it as If-None-Match.")
            .Produces(StatusCodes.Status304NotModified)
            .ProducesValidationProblem();
        carts.MapPut("/{cartId}/lines/{sku}", SetLine).WithName("setLine")
            .WithSummary("Puts a product in, or sets how many there are")
            .WithExample(new SetLineRequest(2))
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesValidationProblem();
        carts.MapDelete("/{cartId}/lines/{sku}", RemoveLine).WithName("removeLine")
            .WithSummary("Takes a product out, if it is in")
            .ProducesValidationProblem();
        carts.MapPost("/{cartId}/merge", MergeCart).WithName("mergeCart")
            .WithSummary("Moves what is in another cart into this one")
            .WithDescription("At sign-in: from the cart of the visit into that of the member. Sent again, it changes nothing and is answered alike.")
            .WithExample(new MergeRequest("the-cart-before-sign-in"))
            .ProducesValidationProblem();
    }

    private static async Task<Results<Ok<CartView>, StatusCodeHttpResult>> ReadCart(
        [RegularExpression(CartRules.CartIdPattern)] string cartId,
        CartStore carts, Pricing pricing, JourneyEvents events, HttpContext http, CancellationToken cancellationToken)
    {
        var cart = await ViewAsync(cartId, carts, pricing, cancellationToken);
        JourneyContext.Set(ShopJourneyKeys.CartItemCount, cart.ItemCount);
        events.Emit(new CartEvents.Viewed(cartId, cart.Lines.Count, cart.ItemCount));

        return http.MatchesIfNoneMatch($"\"{Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(cart))[..8])}\"")
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Ok(cart);
    }

    private static async Task<Results<Ok<CartLineView>, ProblemHttpResult>> SetLine(
        [RegularExpression(CartRules.CartIdPattern)] string cartId,
        [RegularExpression(CartRules.SkuPattern)] string sku,
        SetLineRequest request,
        CartStore carts,
        Pricing pricing,
        JourneyEvents events,
        CancellationToken cancellationToken)
    {
        JourneyContext.Set(ShopJourneyKeys.ItemId, sku);

        // While Catalog is away a cart may still be changed; a SKU that does not exist is found out at the next look.
        var products = await pricing.FindAsync([sku], cancellationToken);
        if (products is { Count: 0 })
            return Refusals.UnknownProduct(sku);

        var line = new CartLine(sku, request.Quantity, products?.GetValueOrDefault(sku)?.PriceNow());
        switch (await carts.SetLineAsync(cartId, line, cancellationToken))
        {
            case LineChange.CartFull:
                return Refusals.CartFull();
            case LineChange.Added:
                events.Emit(new CartEvents.LineAdded(cartId, sku, request.Quantity));
                break;
            case LineChange.Changed:
                events.Emit(new CartEvents.LineChanged(cartId, sku, request.Quantity));
                break;
        }

        return TypedResults.Ok(CartLineView.Of(line, products));
    }

    private static async Task<NoContent> RemoveLine(
        [RegularExpression(CartRules.CartIdPattern)] string cartId,
        [RegularExpression(CartRules.SkuPattern)] string sku,
        CartStore carts,
        JourneyEvents events,
        CancellationToken cancellationToken)
    {
        if (await carts.RemoveLineAsync(cartId, sku, cancellationToken))
            events.Emit(new CartEvents.LineRemoved(cartId, sku));
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<MergedCart>, ValidationProblem>> MergeCart(
        [RegularExpression(CartRules.CartIdPattern)] string cartId,
        MergeRequest request,
        CartStore carts,
        MergingCarts merging,
        Pricing pricing,
        ILogger<MergingCarts> log,
        CancellationToken cancellationToken)
    {
        if (request.From == cartId)
            return ProblemResults.InvalidField("from", "Needed: another cart.");

        var limits = await merging.MergeAsync(cartId, request.From, cancellationToken);
        log.CartsMerged(request.From, cartId, limits.Count);
        return TypedResults.Ok(new MergedCart(await ViewAsync(cartId, carts, pricing, cancellationToken), limits));
    }

    private static async Task<CartView> ViewAsync(string cartId, CartStore carts, Pricing pricing, CancellationToken cancellationToken)
    {
        var lines = await carts.LookAtAsync(cartId, cancellationToken);
        return CartView.Of(cartId, lines, await pricing.FindAsync(lines.Select(line => line.Sku), cancellationToken));
    }
}

/// <param name="Quantity">1 to 99.</param>
public sealed record SetLineRequest([Required, Range(1, CartRules.MostPieces)] int Quantity);

/// <param name="From">The cart that is emptied into the other.</param>
public sealed record MergeRequest([Required, RegularExpression(CartRules.CartIdPattern)] string From);

/// <param name="Cart">As it is now.</param>
/// <param name="Limits">Lines that could not be merged as they were, because a cart and a line hold only so much.</param>
public sealed record MergedCart(CartView Cart, IReadOnlyList<MergeLimit> Limits);

using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;
using StackExchange.Redis;

namespace Shop.Cart.Carts;

internal static class CartEndpoints
{
    public static void AddCarts(this IHostApplicationBuilder builder)
    {
        builder.AddRedisClient("redis");
        builder.Services.TreatAsUnavailable<RedisConnectionException>();
        builder.Services.AddServiceGrpcClient<Catalog.CatalogClient>("catalog");
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddOptions<CartOptions>().BindConfiguration(CartOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<CartOptions>, CartOptionsValidator>();
        builder.Services.AddSingleton<CartStore>();
        builder.Services.AddScoped<Pricing>();
    }

    public static void MapCarts(this IEndpointRouteBuilder routes)
    {
        var carts = routes.MapGroup("/api/v1/carts/{cartId}").WithTags("Carts");
        carts.MapGet("", ReadCart);
        carts.MapPut("/lines/{sku}", SetLine);
        carts.MapDelete("/lines/{sku}", RemoveLine);
    }

    private static async Task<Ok<CartView>> ReadCart(
        [RegularExpression(CartRules.CartIdPattern)] string cartId, CartStore carts, Pricing pricing, CancellationToken cancellationToken)
    {
        var lines = await carts.ReadAsync(cartId, cancellationToken);
        var products = await pricing.FindAsync(lines.Select(line => line.Sku), cancellationToken);
        return TypedResults.Ok(CartView.Of(cartId, lines, products));
    }

    private static async Task<Results<Ok<CartLineView>, ProblemHttpResult>> SetLine(
        [RegularExpression(CartRules.CartIdPattern)] string cartId,
        [RegularExpression(CartRules.SkuPattern)] string sku,
        SetLineRequest request,
        CartStore carts,
        Pricing pricing,
        ILogger<CartStore> log,
        CancellationToken cancellationToken)
    {
        // While Catalog is away a cart may still be changed; a SKU that does not exist is found out at the next look.
        var products = await pricing.FindAsync([sku], cancellationToken);
        if (products is { Count: 0 })
            return Refusals.UnknownProduct(sku);

        var line = new CartLine(sku, request.Quantity);
        if (!await carts.SetLineAsync(cartId, line, cancellationToken))
            return Refusals.CartFull();

        log.LineSet(cartId, sku, request.Quantity);
        return TypedResults.Ok(CartLineView.Of(line, products));
    }

    private static async Task<NoContent> RemoveLine(
        [RegularExpression(CartRules.CartIdPattern)] string cartId,
        [RegularExpression(CartRules.SkuPattern)] string sku,
        CartStore carts,
        ILogger<CartStore> log,
        CancellationToken cancellationToken)
    {
        if (await carts.RemoveLineAsync(cartId, sku, cancellationToken))
            log.LineRemoved(cartId, sku);
        return TypedResults.NoContent();
    }
}

public sealed record SetLineRequest([Required, Range(1, CartRules.MostPieces)] int Quantity);

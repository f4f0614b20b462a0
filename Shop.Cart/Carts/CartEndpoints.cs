using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Events;
using Shop.ServiceDefaults.Events;
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
        builder.AddJourneyMetrics<CartMetrics>();
    }

    public static void MapCarts(this IEndpointRouteBuilder routes)
    {
        var carts = routes.MapGroup("/api/v1/carts/{cartId}").WithTags("Carts");
        carts.MapGet("", ReadCart);
        carts.MapPut("/lines/{sku}", SetLine);
        carts.MapDelete("/lines/{sku}", RemoveLine);
    }

    private static async Task<Ok<CartView>> ReadCart(
        [RegularExpression(CartRules.CartIdPattern)] string cartId, CartStore carts, Pricing pricing, JourneyEvents events, CancellationToken cancellationToken)
    {
        var lines = await carts.ReadAsync(cartId, cancellationToken);
        var products = await pricing.FindAsync(lines.Select(line => line.Sku), cancellationToken);
        var cart = CartView.Of(cartId, lines, products);
        events.Write(new CartEvents.Viewed(cartId, lines.Count, cart.ItemCount));
        return TypedResults.Ok(cart);
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
        // While Catalog is away a cart may still be changed; a SKU that does not exist is found out at the next look.
        var products = await pricing.FindAsync([sku], cancellationToken);
        if (products is { Count: 0 })
            return Refusals.UnknownProduct(sku);

        var line = new CartLine(sku, request.Quantity);
        switch (await carts.SetLineAsync(cartId, line, cancellationToken))
        {
            case LineChange.CartFull:
                return Refusals.CartFull();
            case LineChange.Added:
                events.Write(new CartEvents.LineAdded(cartId, sku, request.Quantity));
                break;
            case LineChange.Changed:
                events.Write(new CartEvents.LineChanged(cartId, sku, request.Quantity));
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
            events.Write(new CartEvents.LineRemoved(cartId, sku));
        return TypedResults.NoContent();
    }
}

public sealed record SetLineRequest([Required, Range(1, CartRules.MostPieces)] int Quantity);

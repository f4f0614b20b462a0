using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Contracts;
using Shop.Contracts.Catalog.V1;
using Shop.Contracts.Events;
using Shop.Contracts.Journeys;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;
using Shop.Web.Http;
using Shop.Web.Problems;
using static Microsoft.AspNetCore.Http.StatusCodes;

namespace Shop.Cart.Carts;

internal static class CartEndpoints
{
    public static void AddCarts(this IHostApplicationBuilder builder)
    {
        builder.AddRedis("redis");
        builder.LimitRequestsBy("cartId", requestsPerSecond: 20, burst: 60);
        builder.Services.AddServiceGrpcClient<Catalog.CatalogClient>("catalog");
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddOptionsWithValidateOnStart<CartOptions, CartOptionsValidator>().BindConfiguration(CartOptions.Section);
        builder.Services.AddSingleton<CartStore>();
        builder.Services.AddScoped<MergeCarts>();
        builder.Services.AddSingleton<ProductCache>();
        builder.Services.AddScoped<ProductLookup>();
        builder.Services.AddHostedService<CatalogWarmUp>();
        builder.AddJourneyEventListener<CartMetrics>();
        builder.Services.AddHostedService(services => services.GetRequiredService<CartMetrics>());
    }

    public static void MapCarts(this IEndpointRouteBuilder routes)
    {
        var carts = routes.MapGroup("/api/v1/carts").WithTags("Carts").AllowAnonymous().ProducesValidationProblem();
        carts.MapGet("/{cartId}", GetCart).WithName("getCart").Produces(Status304NotModified);
        carts.MapPut("/{cartId}/lines/{sku}", SetLine).WithName("setLine").WithExample(new SetLineRequest(2))
            .ProducesProblem(Status404NotFound).ProducesProblem(Status409Conflict);
        carts.MapPost("/{cartId}/lines/{sku}", AddUnits).WithName("addUnits").WithExample(new AddUnitsRequest(1))
            .ProducesProblem(Status404NotFound).ProducesProblem(Status409Conflict);
        carts.MapDelete("/{cartId}/lines/{sku}", RemoveLine).WithName("removeLine");
        carts.MapPost("/{cartId}/merge", MergeCart).WithName("mergeCart").WithExample(new MergeRequest("the-cart-before-sign-in"))
            .ProducesProblem(Status409Conflict);
    }

    [EndpointSummary("Gets a cart")]
    [EndpointDescription(
        "Returns the lines of the cart at current prices. A cart that does not exist is returned as an empty cart. "
        + "The ETag changes whenever the response changes; send it as If-None-Match. Prices and available units may be some seconds old, "
        + "unless the request has Cache-Control: no-cache.")]
    private static async Task<Results<Ok<CartView>, StatusCodeHttpResult>> GetCart(
        [RegularExpression(OrderLimits.CartIdPattern)] string cartId,
        CartStore carts,
        ProductLookup products,
        JourneyEvents events,
        HttpContext http,
        CancellationToken cancellationToken,
        [Description("Whether a customer views the cart. False for a page that needs its content and shows something else.")]
        bool viewed = true)
    {
        var usesCache = http.Request.GetTypedHeaders().CacheControl is not { NoCache: true };
        var cart = await ReadViewAsync(cartId, carts, products, usesCache, cancellationToken);
        JourneyContext.Set(ShopJourneyKeys.CartItemCount, cart.ItemCount);
        if (viewed)
        {
            events.EmitView(new CartEvents.Viewed(cartId, cart.Lines.Count, cart.ItemCount));
        }

        var hash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(cart))[..8];
        return http.MatchesIfNoneMatch($"\"{Convert.ToHexStringLower(hash)}\"")
            ? TypedResults.StatusCode(Status304NotModified)
            : TypedResults.Ok(cart);
    }

    [EndpointSummary("Adds a product to a cart, or sets its quantity")]
    [EndpointDescription(
        "Creates the cart if it does not exist. While prices are temporarily unavailable, the response contains no price.")]
    private static async Task<Results<Ok<CartLineView>, ProblemHttpResult>> SetLine(
        [RegularExpression(OrderLimits.CartIdPattern)] string cartId,
        [RegularExpression(OrderLimits.SkuPattern)] string sku,
        SetLineRequest request,
        CartStore carts,
        ProductLookup products,
        JourneyEvents events,
        CancellationToken cancellationToken)
    {
        JourneyContext.Set(ShopJourneyKeys.ItemId, sku);
        if (await CreateLineAsync(sku, request.Quantity, products, cancellationToken) is not var (line, found))
        {
            return CartProblems.UnknownProduct(sku);
        }

        var result = await carts.SetLineAsync(cartId, line, cancellationToken);
        if (result is SetLineResult.CartFull)
        {
            return CartProblems.CartFull();
        }

        Emit(events, result, cartId, sku, line.Quantity);
        return TypedResults.Ok(CartLineView.Of(line, found));
    }

    [EndpointSummary("Adds units of a product to a cart")]
    [EndpointDescription(
        "Creates the cart and the line if they do not exist. Requests at the same time add up. A line has at most 99 units: "
        + "the response contains how many were added. A repeated request adds again; to be able to repeat a request, set the quantity.")]
    private static async Task<Results<Ok<AddedUnits>, ProblemHttpResult>> AddUnits(
        [RegularExpression(OrderLimits.CartIdPattern)] string cartId,
        [RegularExpression(OrderLimits.SkuPattern)] string sku,
        AddUnitsRequest request,
        CartStore carts,
        ProductLookup products,
        JourneyEvents events,
        CancellationToken cancellationToken)
    {
        JourneyContext.Set(ShopJourneyKeys.ItemId, sku);
        if (await CreateLineAsync(sku, request.Quantity, products, cancellationToken) is not var (units, _))
        {
            return CartProblems.UnknownProduct(sku);
        }

        var result = await carts.AddUnitsAsync(cartId, units, cancellationToken);
        if (result.Line is SetLineResult.CartFull)
        {
            return CartProblems.CartFull();
        }

        Emit(events, result.Line, cartId, sku, result.After);
        return TypedResults.Ok(new AddedUnits(result.After - result.Before, result.After, result.ItemCount));
    }

    // Null if the product does not exist. Carts can be changed while Catalog is unavailable: the line of a product that is not known has no
    // price then, and an unknown SKU is reported when the cart is read or checked out.
    private static async Task<(CartLine Line, IReadOnlyDictionary<string, CartProduct>? Products)?> CreateLineAsync(
        string sku, int quantity, ProductLookup products, CancellationToken cancellationToken)
    {
        var line = new CartLine(sku, quantity);
        var found = await products.FindAsync([line], cancellationToken);
        return found is { Count: 0 } ? null : (line with { Price = found?.GetValueOrDefault(sku)?.Price }, found);
    }

    private static void Emit(JourneyEvents events, SetLineResult result, string cartId, string sku, int quantity)
    {
        if (result is SetLineResult.Added)
        {
            events.Emit(new CartEvents.LineAdded(cartId, sku, quantity));
        }
        else
        {
            events.Emit(new CartEvents.LineChanged(cartId, sku, quantity));
        }
    }

    [EndpointSummary("Removes a product from a cart")]
    [EndpointDescription("Returns 204 even if the cart does not contain the product.")]
    private static async Task<NoContent> RemoveLine(
        [RegularExpression(OrderLimits.CartIdPattern)] string cartId,
        [RegularExpression(OrderLimits.SkuPattern)] string sku,
        CartStore carts,
        JourneyEvents events,
        CancellationToken cancellationToken)
    {
        if (await carts.RemoveLineAsync(cartId, sku, cancellationToken))
        {
            events.Emit(new CartEvents.LineRemoved(cartId, sku));
        }

        return TypedResults.NoContent();
    }

    [EndpointSummary("Merges another cart into a cart")]
    [EndpointDescription(
        "Moves the lines of the source cart into this cart, for example from a visitor's cart into the member's cart after sign-in. "
        + "A repeated request changes nothing and returns the same limited lines. "
        + "While each of the carts is being checked out, the response is 409 checkout_in_progress with the ids of both orders.")]
    private static async Task<Results<Ok<MergedCart>, ValidationProblem, ProblemHttpResult>> MergeCart(
        [RegularExpression(OrderLimits.CartIdPattern)] string cartId,
        MergeRequest request,
        MergeCarts merge,
        CartStore carts,
        ProductLookup products,
        CancellationToken cancellationToken)
    {
        if (request.From == cartId)
        {
            return ProblemResults.InvalidField("from", "Must be a different cart.");
        }

        return await merge.MergeAsync(cartId, request.From, cancellationToken) switch
        {
            MergeResult.Merged(var limitedLines) =>
                TypedResults.Ok(new MergedCart(
                    await ReadViewAsync(cartId, carts, products, usesCache: true, cancellationToken), limitedLines)),
            MergeResult.CheckoutsInProgress(var orderIds) => CartProblems.CheckoutsInProgress(orderIds),
            var unexpected => throw new InvalidOperationException($"Unexpected merge result {unexpected}."),
        };
    }

    private static async Task<CartView> ReadViewAsync(
        string cartId, CartStore carts, ProductLookup products, bool usesCache, CancellationToken cancellationToken)
    {
        var lines = await carts.ReadAndRefreshTtlAsync(cartId, cancellationToken);
        return CartView.Of(cartId, lines, usesCache
            ? await products.FindAsync(lines, cancellationToken)
            : await products.ReadAsync(lines.Select(line => line.Sku), cancellationToken));
    }
}

/// <param name="Quantity">Units of the product, 1 to 99.</param>
public sealed record SetLineRequest([Required, Range(OrderLimits.MinQuantity, OrderLimits.MaxQuantity)] int Quantity);

/// <param name="Quantity">Units to add, 1 to 99.</param>
public sealed record AddUnitsRequest([Required, Range(OrderLimits.MinQuantity, OrderLimits.MaxQuantity)] int Quantity);

/// <param name="Added">Units that were added; fewer than requested if the line is at the maximum.</param>
/// <param name="Quantity">Units of the line now.</param>
/// <param name="ItemCount">Units of all lines of the cart now.</param>
public sealed record AddedUnits(int Added, int Quantity, int ItemCount);

/// <param name="From">Identifier of the source cart. Its lines are moved into the target cart.</param>
public sealed record MergeRequest([Required, RegularExpression(OrderLimits.CartIdPattern)] string From);

/// <param name="Cart">The cart after the merge.</param>
/// <param name="LimitedLines">Lines that exceeded the maximum quantity of a line or the maximum number of lines of a cart.</param>
public sealed record MergedCart(CartView Cart, IReadOnlyList<LimitedLine> LimitedLines);

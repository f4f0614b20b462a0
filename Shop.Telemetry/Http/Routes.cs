using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Shop.Telemetry.Http;

/// <summary>Which route a request took. The handler of exceptions takes the endpoint away and keeps it: whoever failed is still who it was.</summary>
internal static class Routes
{
    public static RouteEndpoint? Taken(this HttpContext context) =>
        (context.Features.Get<IExceptionHandlerFeature>()?.Endpoint ?? context.GetEndpoint()) as RouteEndpoint;

    /// <summary>Its template, <c>/api/v1/carts/{cartId}/checkout</c>.</summary>
    public static string? Route(this HttpContext context) => context.Taken()?.RoutePattern.RawText;
}

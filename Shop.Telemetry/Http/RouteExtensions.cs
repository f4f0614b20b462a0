using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Shop.Telemetry.Http;

internal static class RouteExtensions
{
    /// <summary>Gets the endpoint that routing matched; <see langword="null"/> if none matched.</summary>
    /// <remarks>The exception handler removes the endpoint from the context, but keeps it in its feature.</remarks>
    public static RouteEndpoint? GetMatchedEndpoint(this HttpContext context) =>
        (context.Features.Get<IExceptionHandlerFeature>()?.Endpoint ?? context.GetEndpoint()) as RouteEndpoint;

    /// <summary>Gets the route template of the matched endpoint, such as <c>/api/v1/carts/{cartId}/checkout</c>.</summary>
    public static string? GetRouteTemplate(this HttpContext context) => context.GetMatchedEndpoint()?.RoutePattern.RawText;
}

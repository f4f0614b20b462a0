using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;
using Shop.Telemetry.Http;

namespace Shop.Telemetry.Events;

/// <summary>
/// Where something happened, with all that differs from visitor to visitor left out: <c>/api/v1/products/{sku}</c> is
/// <c>/api/v1/products/:sku</c>. It comes from the route, never from the path that was asked for, which may hold anything.
/// </summary>
internal static class RouteNormalizer
{
    public const string Attribute = "shop.page.path";

    private static readonly ConditionalWeakTable<RoutePattern, string> _known = [];

    /// <summary>Null outside of requests, and for paths that no route is for.</summary>
    public static string? Of(HttpContext? context) =>
        context?.Taken() is { } endpoint ? _known.GetValue(endpoint.RoutePattern, Normalize) : null;

    internal static string Normalize(RoutePattern route)
    {
        var path = new StringBuilder();
        foreach (var segment in route.PathSegments)
        {
            path.Append('/');
            foreach (var part in segment.Parts)
            {
                path.Append(part switch
                {
                    RoutePatternParameterPart parameter => $":{parameter.Name}",
                    RoutePatternLiteralPart literal => literal.Content,
                    RoutePatternSeparatorPart separator => separator.Content,
                    _ => "",
                });
            }
        }

        return path.Length == 0 ? "/" : path.ToString();
    }
}

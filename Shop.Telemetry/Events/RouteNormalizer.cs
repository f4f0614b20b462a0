using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;
using Shop.Telemetry.Http;

namespace Shop.Telemetry.Events;

/// <summary>
/// Normalizes the route of a request to a path without parameter values: <c>/api/v1/products/:sku</c> for the route
/// <c>/api/v1/products/{sku}</c>. The raw path of a request can have personal data and unlimited values, so it is not used.
/// </summary>
public static class RouteNormalizer
{
    /// <summary>The name of the attribute.</summary>
    internal const string Attribute = "shop.page.path";

    private static readonly ConditionalWeakTable<RoutePattern, string> _cache = [];

    /// <summary>Gets the normalized path of a request; <see langword="null"/> without a request or a matched route.</summary>
    internal static string? GetPath(HttpContext? context) =>
        context?.GetMatchedEndpoint() is { } endpoint ? _cache.GetValue(endpoint.RoutePattern, Normalize) : null;

    /// <summary>Normalizes a route. Names of parameters start with a lower-case letter, also those of pages.</summary>
    /// <param name="route">The route.</param>
    public static string Normalize(RoutePattern route)
    {
        ArgumentNullException.ThrowIfNull(route);
        var path = new StringBuilder();
        foreach (var segment in route.PathSegments)
        {
            path.Append('/');
            foreach (var part in segment.Parts)
            {
                path.Append(part switch
                {
                    RoutePatternParameterPart parameter => $":{JsonNamingPolicy.CamelCase.ConvertName(parameter.Name)}",
                    RoutePatternLiteralPart literal => literal.Content,
                    RoutePatternSeparatorPart separator => separator.Content,
                    _ => "",
                });
            }
        }

        return path.Length == 0 ? "/" : path.ToString();
    }
}

using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;

namespace Shop.Telemetry.Events;

/// <summary>
/// Finds the normalized route of an address, such as <c>/products/:sku</c>. Addresses have ids and queries, and routes none.
/// </summary>
/// <remarks>The routes are read at the first use, when all of them must be mapped.</remarks>
/// <param name="endpoints">The endpoints of the service.</param>
public sealed class RouteFinder(EndpointDataSource endpoints)
{
    /// <summary>The route of an address of another host.</summary>
    public const string External = "external";

    /// <summary>The route of a path that is none of the service.</summary>
    public const string Other = "other";

    private readonly Lazy<IReadOnlyList<Route>> _routes = new(() =>
    [
        .. endpoints.Endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => endpoint.RoutePattern)
            .OrderBy(pattern => pattern.InboundPrecedence)
            .Select(pattern => new Route(new TemplateMatcher(new RouteTemplate(pattern), []), RouteNormalizer.Normalize(pattern)))
            .DistinctBy(route => route.Path),
    ]);

    /// <summary>The routes of the service.</summary>
    public IReadOnlySet<string> All => field ??= _routes.Value.Select(route => route.Path).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Returns the route of an address, <see cref="External"/> or <see cref="Other"/>.</summary>
    /// <param name="address">An address, or a path with a query.</param>
    /// <param name="host">The host that the request was sent to.</param>
    public string Find(string address, HostString host)
    {
        if (address is ['/', not ('/' or '\\'), ..] or "/")
        {
            return FindPath(address[..(address.AsSpan().IndexOfAny('?', '#') is >= 0 and var end ? end : address.Length)]);
        }

        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Authority.Equals(host.Value, StringComparison.OrdinalIgnoreCase)
            ? FindPath(uri.AbsolutePath)
            : External;
    }

    /// <summary>Returns the route of a path, or <see cref="Other"/>.</summary>
    /// <param name="path">An encoded path without a query.</param>
    public string FindPath(string path)
    {
        // The path of an address such as about:blank, whose empty authority equals an empty Host header.
        if (!path.StartsWith('/'))
        {
            return Other;
        }

        var decoded = new PathString(Uri.UnescapeDataString(path));
        foreach (var route in _routes.Value)
        {
            if (route.Matcher.TryMatch(decoded, []))
            {
                return route.Path;
            }
        }

        return Other;
    }

    private sealed record Route(TemplateMatcher Matcher, string Path);
}

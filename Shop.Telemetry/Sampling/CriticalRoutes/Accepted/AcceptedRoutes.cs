namespace Shop.Telemetry.Sampling.CriticalRoutes.Accepted;

/// <summary>The critical routes that people have accepted while the services run. The services add them to their rules.</summary>
/// <param name="Version">Increases with each change of the routes. A service does not replace its routes by an older version.</param>
/// <param name="Routes">The routes, up to <see cref="MaxCount"/>.</param>
public sealed record AcceptedRoutes(long Version, IReadOnlyList<AcceptedRoute> Routes)
{
    /// <summary>The maximum number of routes. Each is a regular expression that is matched once for each route of a service.</summary>
    public const int MaxCount = 50;

    /// <summary>Determines whether a service can add the routes to its rules.</summary>
    internal bool IsValid() =>
        Routes is { Count: <= MaxCount }
        && Routes.All(route => route is not null && route.IsValid())
        && Routes.Select(route => route.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count() == Routes.Count;

    /// <summary>Determines whether rules contain the routes, and none of the routes that they replace.</summary>
    internal bool AreIn(CriticalRouteOptions rules, AcceptedRoutes replaced) =>
        Routes.All(route => IsIn(rules, route))
        && replaced.Routes.All(route => Routes.Any(other => other.HasNameOf(route)) || !IsIn(rules, route));

    private static bool IsIn(CriticalRouteOptions rules, AcceptedRoute route) =>
        rules.Rules.TryGetValue(route.Name, out var rule) && rule.Route == route.RoutePattern && rule.Event == route.EventPattern;
}

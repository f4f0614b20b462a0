using Microsoft.Extensions.Configuration;

namespace Shop.Telemetry.Sampling.CriticalRoutes.Accepted;

/// <summary>
/// The accepted routes as configuration of this process, beside that of its files and environment: a change is bound, validated and
/// compiled as any other one, and <c>Enabled</c> of a configured rule disables the accepted route of the same name.
/// </summary>
internal sealed class AcceptedRouteConfiguration : ConfigurationProvider, IConfigurationSource
{
    /// <summary>Gets the routes of the configuration. They are in effect if all rules of the configuration are valid.</summary>
    public AcceptedRoutes Current { get; private set; } = new(0, []);

    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    /// <summary>Replaces the routes.</summary>
    public void Replace(AcceptedRoutes routes)
    {
        var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var route in routes.Routes)
        {
            var rule = $"{CriticalRouteOptions.Section}:{nameof(CriticalRouteOptions.Rules)}:{route.Name}";
            if (route.RoutePattern is { } page)
            {
                data[$"{rule}:{nameof(CriticalRouteRule.Route)}"] = page;
            }
            else
            {
                data[$"{rule}:{nameof(CriticalRouteRule.Event)}"] = route.EventPattern;
            }
        }

        (Data, Current) = (data, routes);
        OnReload();
    }
}

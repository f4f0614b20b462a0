using Microsoft.Extensions.DependencyInjection;
using Shop.Telemetry.Sampling.CriticalRoutes;

namespace Microsoft.Extensions.Hosting;

/// <summary>Registers the critical routes of a service.</summary>
public static class CriticalRouteBuilderExtensions
{
    /// <summary>
    /// Registers a critical route that this service serves. Its traces and logs are always sampled by default, in this service and in
    /// all services behind it.
    /// </summary>
    /// <remarks>
    /// The section <c>Shop:CriticalRoutes:Rules:{name}</c> of this service can change the patterns or disable the rule
    /// (<c>Enabled: false</c>). The patterns are regular expressions; see <see cref="CriticalRouteRule"/>.
    /// </remarks>
    /// <param name="builder">The builder of the service.</param>
    /// <param name="name">The value of <c>shop.critical_route</c>: 1 to 32 letters, digits or characters of <c>-_.:</c>.</param>
    /// <param name="route">The pattern of route templates. Either this or <paramref name="event"/> is required.</param>
    /// <param name="event">The pattern of event names.</param>
    /// <param name="status">The pattern of response status codes; null for any.</param>
    /// <returns>The builder.</returns>
    public static TBuilder AddCriticalRoute<TBuilder>(
        this TBuilder builder, string name, string? route = null, string? @event = null, string? status = null)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddSingleton(new CriticalRouteRegistration(name, route, @event, status));
        return builder;
    }
}

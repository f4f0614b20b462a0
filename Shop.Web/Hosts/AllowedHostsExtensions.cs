using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.Extensions.DependencyInjection;
using Shop.Telemetry.Http;
using Shop.Telemetry.Propagation;
using Shop.Web.Hosts;
using Shop.Web.Management;

namespace Microsoft.Extensions.Hosting;

/// <summary>Restricts the host names under which callers from outside reach a service.</summary>
public static class AllowedHostsExtensions
{
    /// <summary>
    /// Applies <c>AllowedHosts</c> in <see cref="UseAllowedHosts"/> in place of the host filter of ASP.NET Core, which also rejects the
    /// internal names and addresses that probes, Prometheus and other services use.
    /// </summary>
    public static void AddAllowedHosts(this IHostApplicationBuilder builder) =>
        builder.Services.Configure<HostFilteringOptions>(static filter => filter.AllowedHosts = ["*"]);

    /// <summary>
    /// Adds the middleware that rejects callers that use another host name, except probes, other services of the application and callers
    /// of the management endpoint: they get 400. The setting is read here, once. Place it after routing.
    /// </summary>
    public static void UseAllowedHosts(this WebApplication app)
    {
        var hosts = new AllowedHosts(app.Configuration);
        var serviceKey = app.Services.GetRequiredService<ServiceKey>();
        app.Use(next => context =>
        {
            if (!hosts.IsPublic(context.Request.Host)
                && !context.IsManagement()
                && !HealthPaths.IsProbe(context.Request.Path)
                && !serviceKey.IsValid(context.Request))
            {
                context.RejectHost();
            }

            return next(context);
        });
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using Shop.Web.Authentication;
using Shop.Web.Hosts;
using Shop.Web.Management;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Serves <c>/metrics</c> and <c>/admin</c> on the Kestrel endpoint named <c>management</c>, and nothing else there. The listener that
/// accepted the connection decides, since a Host header can be forged.
/// </summary>
public static class ManagementExtensions
{
    private const string EndpointName = "management";

    private static readonly PathString _admin = "/admin";
    private static readonly PathString _metrics = "/metrics";

    private static readonly Endpoint _notFound = new(
        static context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        },
        EndpointMetadataCollection.Empty,
        "404 Not on the management endpoint");

    /// <summary>
    /// Adds the management endpoint. Without <c>Kestrel:Endpoints:management</c> in the configuration the service has none.
    /// </summary>
    public static void AddManagement(this IHostApplicationBuilder builder)
    {
        builder.Services.PostConfigure<KestrelServerOptions>(kestrel =>
            kestrel.ConfigurationLoader?.Endpoint(EndpointName, endpoint => endpoint.ListenOptions.Use(next => connection =>
            {
                connection.Features.Set(ManagementMarker.Instance);
                return next(connection);
            })));

        if (HasMetrics(builder.Configuration))
        {
            builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddPrometheusExporter());
        }
    }

    /// <summary>Registers routes under <c>/admin</c> of the management endpoint, for staff unless they are anonymous.</summary>
    /// <param name="services">The services.</param>
    /// <param name="map">Maps the routes into the group <c>/admin</c>.</param>
    public static void AddManagementEndpoints(this IServiceCollection services, Action<IEndpointRouteBuilder> map) =>
        services.AddSingleton(new ManagementEndpoints(map));

    /// <summary>
    /// Adds the middleware that keeps the paths of the management endpoint and those of the service apart: 404, not 403. A page that
    /// rebinds the name of its host to this address gets 400.
    /// </summary>
    public static void UseManagement(this WebApplication app)
    {
        var allowedHosts = new AllowedHosts(app.Configuration);
        app.Use(next => context =>
        {
            var path = context.Request.Path;
            var isManagementPath = path.StartsWithSegments(_admin) || path.StartsWithSegments(_metrics);
            if (!context.IsManagement())
            {
                if (isManagementPath)
                {
                    context.SetEndpoint(null); // as any path that does not exist
                }

                return next(context);
            }

            if (!isManagementPath)
            {
                context.SetEndpoint(_notFound);
            }
            else if (!allowedHosts.IsInternal(context.Request.Host))
            {
                context.RejectHost();
            }

            return next(context);
        });

        if (HasMetrics(app.Configuration))
        {
            app.MapWhen(
                static context =>
                    context.IsManagement() && context.Request.Path.StartsWithSegments(_metrics) && !context.IsHostRejected(),
                static branch =>
                {
                    branch.Use(static next => context =>
                    {
                        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
                        {
                            return next(context);
                        }

                        context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                        context.Response.Headers.Allow = "GET, HEAD";
                        return Task.CompletedTask;
                    });
                    branch.UseOpenTelemetryPrometheusScrapingEndpoint();
                });
        }
    }

    /// <summary>Maps the routes of <see cref="AddManagementEndpoints"/>.</summary>
    public static void MapManagement(this WebApplication app)
    {
        var admin = app.MapGroup(_admin).ExcludeFromDescription().RequireAuthorization(AuthorizationPolicies.Staff);
        // A replay of many messages takes its time.
        admin.WithMetadata(new DisableRequestTimeoutAttribute());
        foreach (var endpoints in app.Services.GetServices<ManagementEndpoints>())
        {
            endpoints.Map(admin);
        }
    }

    private static bool HasMetrics(IConfiguration configuration) =>
        configuration.GetSection($"Kestrel:Endpoints:{EndpointName}").Exists() && configuration.HasPrometheusMetrics();

    private sealed record ManagementEndpoints(Action<IEndpointRouteBuilder> Map);
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry.Metrics;
using Shop.Web.Authentication;
using Shop.Web.Management;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Serves <c>/metrics</c> and <c>/admin</c> on the Kestrel endpoint named <c>management</c>, and nothing else there. The listener that
/// accepted the connection decides, since a Host header can be forged.
/// </summary>
public static class ManagementExtensions
{
    private const string EndpointName = "management";

    /// <summary>
    /// Adds the management endpoint. Without <c>Kestrel:Endpoints:management</c> in the configuration the service has none.
    /// </summary>
    public static void AddManagement(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<MatcherPolicy, ManagementMatcherPolicy>());
        builder.Services.PostConfigure<KestrelServerOptions>(kestrel =>
            kestrel.ConfigurationLoader?.Endpoint(EndpointName, endpoint => endpoint.ListenOptions.Use(next => connection =>
            {
                connection.Features.Set(ManagementMarker.Instance);
                return next(connection);
            })));

        if (IsConfigured(builder.Configuration))
        {
            builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddPrometheusExporter());
        }
    }

    /// <summary>Registers routes under <c>/admin</c> of the management endpoint, for staff unless they are anonymous.</summary>
    /// <param name="services">The services.</param>
    /// <param name="map">Maps the routes into the group <c>/admin</c>.</param>
    public static void AddManagementEndpoints(this IServiceCollection services, Action<IEndpointRouteBuilder> map) =>
        services.AddSingleton(new ManagementEndpoints(map));

    /// <summary>Adds the middleware that serves the management endpoint.</summary>
    public static void UseManagement(this WebApplication app)
    {
        if (!IsConfigured(app.Configuration))
        {
            return;
        }

        app.MapWhen(
            static context => IsManagement(context) && context.GetEndpoint()?.Metadata.GetMetadata<ManagementMarker>() is null,
            static branch =>
            {
                branch.UseOpenTelemetryPrometheusScrapingEndpoint();
                branch.Run(static context =>
                {
                    context.Response.StatusCode = StatusCodes.Status404NotFound;
                    return Task.CompletedTask;
                });
            });
    }

    /// <summary>Maps the routes of <see cref="AddManagementEndpoints"/>.</summary>
    public static void MapManagement(this WebApplication app)
    {
        var admin = app.MapGroup("/admin").WithMetadata(ManagementMarker.Instance).ExcludeFromDescription()
            .RequireAuthorization(AuthorizationPolicies.Staff);
        foreach (var endpoints in app.Services.GetServices<ManagementEndpoints>())
        {
            endpoints.Map(admin);
        }
    }

    private static bool IsConfigured(IConfiguration configuration) =>
        configuration.GetSection($"Kestrel:Endpoints:{EndpointName}").Exists();

    private static bool IsManagement(HttpContext context) => context.Features.Get<ManagementMarker>() is not null;

    private sealed record ManagementEndpoints(Action<IEndpointRouteBuilder> Map);

    /// <summary>Hides management routes (404, not 403) from requests that arrived at another endpoint.</summary>
    private sealed class ManagementMatcherPolicy : MatcherPolicy, IEndpointSelectorPolicy
    {
        public override int Order => 0;

        public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) =>
            endpoints.Any(endpoint => endpoint.Metadata.GetMetadata<ManagementMarker>() is not null);

        public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
        {
            for (var i = 0; i < candidates.Count && !IsManagement(httpContext); i++)
            {
                if (candidates.IsValidCandidate(i) && candidates[i].Endpoint.Metadata.GetMetadata<ManagementMarker>() is not null)
                {
                    candidates.SetValidity(i, false);
                }
            }

            return Task.CompletedTask;
        }
    }
}

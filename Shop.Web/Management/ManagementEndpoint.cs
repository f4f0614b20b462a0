using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Shop.Web.Management;

/// <summary>
/// What is for those who run a service: <c>/metrics</c> and <c>/admin</c>, on the Kestrel endpoint of the name <c>management</c> and
/// nowhere else, and nothing else there. What counts is where a connection was accepted: a Host header says whatever its sender likes.
/// </summary>
internal static class ManagementEndpoint
{
    private const string Name = "management";

    /// <summary>A service without such an endpoint has none of it, and pays nothing for it.</summary>
    public static bool IsConfigured(IConfiguration configuration) => configuration.GetSection($"Kestrel:Endpoints:{Name}").Exists();

    public static void AddManagement(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<MatcherPolicy, ManagementEndpointPolicy>());
        builder.Services.PostConfigure<KestrelServerOptions>(kestrel =>
            kestrel.ConfigurationLoader?.Endpoint(Name, endpoint => endpoint.ListenOptions.Use(next => connection =>
            {
                connection.Features.Set(Mark.Instance);
                return next(connection);
            })));
    }

    public static void UseManagement(this WebApplication app)
    {
        if (!IsConfigured(app.Configuration))
            return;

        app.MapWhen(static context => IsThere(context) && context.GetEndpoint()?.Metadata.GetMetadata<Mark>() is null, static branch =>
        {
            branch.UseOpenTelemetryPrometheusScrapingEndpoint();
            branch.Run(static context =>
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
        });
    }

    /// <summary>A group of routes that exist on the management endpoint only.</summary>
    public static RouteGroupBuilder MapManagementGroup(this IEndpointRouteBuilder routes, string prefix) =>
        routes.MapGroup(prefix).WithMetadata(Mark.Instance).ExcludeFromDescription();

    private static bool IsThere(HttpContext context) => context.Features.Get<Mark>() is not null;

    // On a connection it says where that was accepted, on a route where it is to be found.
    private sealed class Mark
    {
        public static Mark Instance { get; } = new();
    }

    // Everywhere else such a route is not refused but not there.
    private sealed class ManagementEndpointPolicy : MatcherPolicy, IEndpointSelectorPolicy
    {
        public override int Order => 0;

        public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => endpoints.Any(endpoint => endpoint.Metadata.GetMetadata<Mark>() is not null);

        public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
        {
            for (var i = 0; i < candidates.Count && !IsThere(httpContext); i++)
            {
                if (candidates.IsValidCandidate(i) && candidates[i].Endpoint.Metadata.GetMetadata<Mark>() is not null)
                    candidates.SetValidity(i, false);
            }

            return Task.CompletedTask;
        }
    }
}

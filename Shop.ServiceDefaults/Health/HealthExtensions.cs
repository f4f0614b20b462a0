using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Shop.Telemetry.Http;
using Shop.Web.Management;

namespace Shop.ServiceDefaults.Health;

internal static class HealthExtensions
{
    private const string LiveTag = "live";

    /// <summary>Readiness checks come with what they check: the Redis and Postgres integrations and <c>AddMessaging</c> bring theirs.</summary>
    public static void AddHealth(this IHostApplicationBuilder builder) => builder.Services
        .AddHealthChecks()
        .AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);

    /// <summary>
    /// The probes are mapped in every environment, since orchestrators ask them everywhere. They answer one word, and are meant
    /// for the orchestrator only: an ingress should not pass them on.
    /// </summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks(HealthPaths.Ready).Quietly();
        routes.MapHealthChecks(HealthPaths.Alive, new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) }).Quietly();
        routes.MapManagementGroup("/admin").MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = TellAsync }).Quietly();
    }

    // The same, check by check, for those who run the service.
    private static Task TellAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new
        {
            status = report.Status.ToString(),
            checks = report.Entries.ToDictionary(
                entry => entry.Key,
                entry => new { status = entry.Value.Status.ToString(), entry.Value.Description, entry.Value.Data, entry.Value.Duration }),
        }, context.RequestAborted);

    // No spans either: the sampler drops a probe and all that it asks (see Sampling). Suppressing instrumentation here would do the
    // same, and more: what a first probe creates, as the Redis connection with its thread, would be suppressed for good.
    private static void Quietly(this IEndpointConventionBuilder probe) => probe.DisableHttpMetrics();
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Shop.Telemetry.Http;

namespace Shop.ServiceDefaults;

internal static class HealthExtensions
{
    private const string LiveTag = "live";

    /// <summary>Adds the liveness check. The Redis, Postgres and RabbitMQ integrations add readiness checks of their own.</summary>
    public static void AddHealth(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        builder.Services.AddManagementEndpoints(static admin =>
            admin.MapHealthChecks("/health", new HealthCheckOptions { ResponseWriter = WriteDetailsAsync })
                .DisableHttpMetrics().AllowAnonymous());
    }

    /// <summary>
    /// Maps the probes in every environment, since orchestrators need them everywhere. They answer with one word. Do not route them to the
    /// outside.
    /// </summary>
    /// <remarks>
    /// Probes are not traced: the sampler drops them with all their dependencies' spans. Suppressing instrumentation here instead would
    /// also suppress it for good in what a first probe creates, such as the thread of the Redis connection.
    /// </remarks>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks(HealthPaths.Ready).DisableHttpMetrics().AllowAnonymous();
        routes.MapHealthChecks(HealthPaths.Alive, new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) })
            .DisableHttpMetrics().AllowAnonymous();
    }

    private static Task WriteDetailsAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(
        new
        {
            status = report.Status.ToString(),
            checks = report.Entries.ToDictionary(
                entry => entry.Key,
                entry => new { status = entry.Value.Status.ToString(), entry.Value.Description, entry.Value.Data, entry.Value.Duration }),
        }, context.RequestAborted);
}

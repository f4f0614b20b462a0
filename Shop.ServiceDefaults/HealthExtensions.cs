using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Shop.Telemetry.Http;

namespace Shop.ServiceDefaults;

internal static class HealthExtensions
{
    private const string LiveTag = "live";

    // Shorter than the timeout of most probes, so that the response names the check that does not return.
    private static readonly TimeSpan _checkTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Adds the liveness check. The Redis, Postgres and RabbitMQ integrations add readiness checks of their own.</summary>
    public static void AddHealth(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<HealthReportCache>();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);
        builder.Services.PostConfigure<HealthCheckServiceOptions>(options =>
        {
            foreach (var check in options.Registrations.Where(check => check.Timeout == Timeout.InfiniteTimeSpan))
            {
                check.Timeout = _checkTimeout;
            }
        });
        builder.Services.AddManagementEndpoints(static admin => admin.MapGet("/health", GetDetailsAsync).AllowAnonymous());
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
        var probes = routes.MapGroup("").AllowAnonymous().ExcludeFromDescription();
        probes.MapGet(HealthPaths.Ready, GetReadinessAsync);
        probes.MapHealthChecks(HealthPaths.Alive, new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag) })
            .WithMetadata(new HttpMethodMetadata([HttpMethods.Get]));
    }

    // As MapHealthChecks answers: a service that is degraded still works.
    private static async Task<IResult> GetReadinessAsync(
        HealthReportCache health, HttpResponse response, CancellationToken cancellationToken)
    {
        var report = await health.GetAsync(cancellationToken);
        response.Headers.CacheControl = "no-store, no-cache";
        return TypedResults.Text(
            report.Status.ToString(),
            statusCode: report.Status is HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
    }

    private static async Task<IResult> GetDetailsAsync(HealthReportCache health, CancellationToken cancellationToken)
    {
        var report = await health.GetAsync(cancellationToken);
        return TypedResults.Json(
            new
            {
                status = report.Status.ToString(),
                checks = report.Entries.ToDictionary(entry => entry.Key, entry => new
                {
                    status = entry.Value.Status.ToString(),
                    entry.Value.Description,
                    entry.Value.Data,
                    entry.Value.Duration,
                }),
            },
            statusCode: report.Status is HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
    }
}

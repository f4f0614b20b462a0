using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry;
using Shop.Telemetry.Export;
using Shop.Telemetry.Jumps;
using Shop.Telemetry.Logging;
using Shop.Telemetry.Metrics;
using Shop.Telemetry.Sampling;
using Shop.Telemetry.Sampling.CriticalRoutes;
using Shop.Telemetry.Sampling.CriticalRoutes.Accepted;
using Shop.Telemetry.Sampling.Logs;
using Shop.Telemetry.Sampling.Tail;
using Shop.Telemetry.Tracing;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds traces, metrics, logs and journey events to a service. Each line is a folder of this project.</summary>
public static class TelemetryExtensions
{
    /// <summary>Adds traces, metrics and logs with propagation, sampling and OTLP export, and journey events.</summary>
    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        builder.AddPropagation();
        builder.AddCriticalRoutes();
        builder.AddAcceptedRoutes();
        builder.AddTracing();
        builder.AddSampling();
        builder.AddTailSampling();
        builder.AddMetrics();
        builder.AddLogging();
        builder.AddLogSampling();
        builder.AddJourneyEvents();
        builder.AddJumps();
        builder.AddExport();
        builder.AddAuditLog();
        builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddServiceIdentity(builder));
    }

    /// <summary>
    /// Adds a processor that changes spans before they are sampled and exported, once, however often it is added. It runs before the
    /// processors that the service adds to the tracer provider itself, which see a span before its export as well.
    /// </summary>
    /// <remarks>
    /// A request that is recorded only when its route or its response is known has no call of <c>OnStart</c>. Change spans in <c>OnEnd</c>.
    /// </remarks>
    /// <typeparam name="TProcessor">The processor. It runs on every span of the service.</typeparam>
    /// <param name="services">The services.</param>
    public static void AddSpanProcessor<TProcessor>(this IServiceCollection services)
        where TProcessor : BaseProcessor<Activity> =>
        services.TryAddEnumerable(ServiceDescriptor.Singleton<BaseProcessor<Activity>, TProcessor>());

    /// <summary>Keeps a segment of paths out of spans, because it gives access to something.</summary>
    /// <param name="services">The services.</param>
    /// <param name="after">The segment before it, such as <c>carts</c> in <c>/carts/{cartId}</c>.</param>
    /// <param name="replace">Returns what spans have in its place, such as a hash.</param>
    public static void AddSecretPathSegment(this IServiceCollection services, string after, Func<string, string> replace) =>
        services.AddSingleton(new SecretPathSegment(after, replace));

    /// <summary>
    /// Determines whether a service with a management endpoint serves its metrics to Prometheus: if <c>OTEL_METRICS_EXPORTER</c> has
    /// <c>prometheus</c>, or, where it is not set, if the metrics are not exported by OTLP.
    /// </summary>
    /// <param name="configuration">The configuration of the service, after <see cref="AddTelemetry"/>.</param>
    public static bool HasPrometheusMetrics(this IConfiguration configuration) => configuration.IsScraped();

    /// <summary>Adds the middleware for request ids, critical routes, sampling, the request log and jumps.</summary>
    public static void UseTelemetry(this WebApplication app)
    {
        app.UsePropagation();
        app.UseCriticalRoutes();
        app.UseSampling();
        app.UseRequestLogging();
        app.UseJumps();
    }
}

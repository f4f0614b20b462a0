using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using Shop.Telemetry.Sampling.Logs;

namespace Shop.Telemetry.Metrics;

internal static class MetricsExtensions
{
    // Ups and downs and bytes of each request, call and query, counted again and again: a third of what measuring costs, and the durations
    // and the other side say enough.
    private static readonly string[] _leftOut =
    [
        "http.client.active_requests",
        "kestrel.queued_requests",
        "db.client.operation.npgsql.executing",
        "db.client.operation.npgsql.bytes_read",
        "db.client.operation.npgsql.bytes_written",
    ];

    /// <summary>
    /// Requests, outgoing calls, the runtime, and the service's own meter, named as its assembly. The durations of HTTP come with the
    /// buckets of the stable conventions (5 ms to 10 s), and every bucket with a trace that fell into it. Postgres and messages
    /// bring their meters with them.
    /// </summary>
    /// <remarks>
    /// Not all of ASP.NET Core's meters: those of routing and of rate limits take five measurements of each request, to say what the
    /// status and the route of <c>http.server.request.duration</c> say as well.
    /// </remarks>
    public static void AddMetrics(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CardinalityLimitMonitor>();
        builder.Services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            metrics
                .AddMeter(builder.Environment.ApplicationName, LogSamplingMetrics.MeterName)
                .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Diagnostics")
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .SetExemplarFilter(ExemplarFilterType.TraceBased)
                .AddReader(services => new PeriodicExportingMetricReader(
                    services.GetRequiredService<CardinalityLimitMonitor>(), (int)CardinalityLimitMonitor.Pause.TotalMilliseconds));
            foreach (var name in _leftOut)
                metrics.AddView(name, MetricStreamConfiguration.Drop);
        });
    }
}

using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using Shop.Telemetry.Sampling.Logs;

namespace Shop.Telemetry.Metrics;

internal static class MetricsExtensions
{
    // Series of a metric of the platform, which has few: connections and pools by address, heaps by generation. OpenTelemetry allocates
    // the memory of all series of a metric at once.
    private const int PlatformCardinalityLimit = 200;

    // Up/down counters, queues and byte counts of each request, call and query. They take a third of the cost of all metrics, and the
    // duration histograms and the metrics of the other side have nearly the same information.
    private static readonly FrozenSet<string> _droppedInstruments = FrozenSet.Create(
        "http.server.active_requests",
        "http.client.active_requests",
        "http.client.request.time_in_queue",
        "kestrel.queued_requests",
        "db.client.operation.npgsql.executing",
        "db.client.operation.npgsql.bytes_read",
        "db.client.operation.npgsql.bytes_written");

    private static readonly string[] _platformMeters = ["System.Runtime", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql"];

    /// <summary>
    /// Adds metrics of requests, gRPC calls, outgoing HTTP calls, the runtime, and the service's own meter, which has the name of its
    /// assembly. The HTTP durations have the buckets of the semantic conventions (5 ms to 10 s) with exemplars. PostgreSQL and messaging
    /// add their meters with their client integrations.
    /// </summary>
    /// <remarks>
    /// The routing and rate-limiting meters of ASP.NET Core are left out: they take five measurements per request, and the route and
    /// status of <c>http.server.request.duration</c> have the same information.
    /// </remarks>
    public static void AddMetrics(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<CardinalityLimitMonitor>();
        builder.Services.AddSingleton<RpcMetrics>();
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter(builder.Environment.ApplicationName, LogSamplingMetrics.MeterName, RpcMetrics.MeterName)
            .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Diagnostics")
            .AddHttpClientInstrumentation()
            .AddRuntimeInstrumentation()
            .SetExemplarFilter(ExemplarFilterType.TraceBased)
            .AddView(GetView));
    }

    private static MetricStreamConfiguration? GetView(Instrument instrument) =>
        _droppedInstruments.Contains(instrument.Name) ? MetricStreamConfiguration.Drop
        : _platformMeters.Contains(instrument.Meter.Name) ? new() { CardinalityLimit = PlatformCardinalityLimit }
        : null;
}

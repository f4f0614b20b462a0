using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Shop.ServiceDefaults.Sampling;

namespace Shop.ServiceDefaults.Export;

/// <summary>
/// The way out, by OTLP, for as long as <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says where to. All three signals are batched in the
/// background: a collector that is slow or away costs telemetry, and never a request.
/// </summary>
/// <remarks>
/// Not <c>UseOtlpExporter</c>: it puts its own exporter behind all processors, where <see cref="TailRetention"/> cannot reach it.
/// </remarks>
internal static class ExportExtensions
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static bool IsExporting(this IConfiguration configuration) => !string.IsNullOrWhiteSpace(configuration[Endpoint]);

    /// <summary>Last of all, so that every processor has seen a span before it leaves.</summary>
    public static void AddExport(this IHostApplicationBuilder builder)
    {
        if (!builder.Configuration.IsExporting())
            return;

        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddOtlpExporter(otlp => otlp.FollowSignal(builder.Configuration, "METRICS")))
            .WithLogging(logging => logging.AddOtlpExporter(otlp => otlp.FollowSignal(builder.Configuration, "LOGS")))
            .WithTracing(tracing => tracing.AddProcessor(services => ActivatorUtilities.CreateInstance<TailRetention>(services, Batch(services))));
    }

    private static BaseProcessor<Activity> Batch(IServiceProvider services)
    {
        var otlp = services.GetRequiredService<IOptionsFactory<OtlpExporterOptions>>().Create(Options.DefaultName);
        otlp.FollowSignal(services.GetRequiredService<IConfiguration>(), "TRACES");
        var batch = services.GetRequiredService<IOptionsMonitor<ActivityExportProcessorOptions>>().CurrentValue.BatchExportProcessorOptions;
        return new BatchActivityExportProcessor(
            new OtlpTraceExporter(otlp), batch.MaxQueueSize, batch.ScheduledDelayMilliseconds, batch.ExporterTimeoutMilliseconds, batch.MaxExportBatchSize);
    }

    // OTEL_EXPORTER_OTLP_TRACES_ENDPOINT and its like, which a single exporter does not read by itself. The endpoint of one signal
    // is taken as it stands; the common one gets /v1/traces and so on.
    private static void FollowSignal(this OtlpExporterOptions otlp, IConfiguration configuration, string signal)
    {
        string? Of(string setting) => configuration[$"OTEL_EXPORTER_OTLP_{signal}_{setting}"] is { Length: > 0 } value ? value : null;

        if (Of("PROTOCOL") is { } protocol)
            otlp.Protocol = protocol == "grpc" ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        if (Uri.TryCreate(Of("ENDPOINT"), UriKind.Absolute, out var endpoint))
            otlp.Endpoint = endpoint;
        if (Of("HEADERS") is { } headers)
            otlp.Headers = headers;
        if (int.TryParse(Of("TIMEOUT"), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
            otlp.TimeoutMilliseconds = milliseconds;
    }
}

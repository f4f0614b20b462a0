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
using Shop.Telemetry.Sampling.Tail;

namespace Shop.Telemetry.Export;

internal static class ExportExtensions
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    // OpenTelemetry's own names, so that the environment has the last word. The AppHost sets one second in Development; queues are as
    // long there: the SDK's 2048 leave little room when the dashboard is slow for a moment, and what does not fit is a hole in a trace.
    private static readonly Dictionary<string, string> _batches = new()
    {
        ["OTEL_BSP_SCHEDULE_DELAY"] = "10000",
        ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = "1000",
        ["OTEL_BSP_MAX_QUEUE_SIZE"] = "10000",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "10000",
        ["OTEL_BLRP_MAX_EXPORT_BATCH_SIZE"] = "1000",
        ["OTEL_BLRP_MAX_QUEUE_SIZE"] = "10000",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "10000",
    };

    public static bool IsExporting(this IConfiguration configuration) => !string.IsNullOrWhiteSpace(configuration[Endpoint]);

    /// <summary>
    /// All signals leave by OTLP, when somebody wants them: in batches of 1000, or every 10 seconds, from a background thread that
    /// never holds up a request. What a slow receiver does not take in time is dropped.
    /// </summary>
    /// <remarks>
    /// Last of all, so that every processor has seen a span before it leaves. Not by <c>UseOtlpExporter</c>, which would put its own
    /// exporter for traces behind the others, out of the reach of <see cref="TailSamplingProcessor"/>.
    /// </remarks>
    public static void AddExport(this IHostApplicationBuilder builder)
    {
        if (!builder.Configuration.IsExporting())
            return;

        foreach (var (name, value) in _batches)
            builder.Configuration[name] ??= value;

        builder.Services.AddHostedService<TelemetryShutdownService>();
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddOtlpExporter(otlp => otlp.Follow(builder.Configuration, "METRICS")))
            .WithLogging(logging => logging.AddOtlpExporter(otlp => otlp.Follow(builder.Configuration, "LOGS")))
            .WithTracing(tracing => tracing.AddProcessor(services => ActivatorUtilities.CreateInstance<TailSamplingProcessor>(services, TraceBatches(services))));
    }

    private static BaseProcessor<Activity> TraceBatches(IServiceProvider services)
    {
        var otlp = services.GetRequiredService<IOptionsFactory<OtlpExporterOptions>>().Create(Options.DefaultName);
        otlp.Follow(services.GetRequiredService<IConfiguration>(), "TRACES");
        var batch = services.GetRequiredService<IOptionsMonitor<ActivityExportProcessorOptions>>().CurrentValue.BatchExportProcessorOptions;
        return new BatchActivityExportProcessor(
            new OtlpTraceExporter(otlp), batch.MaxQueueSize, batch.ScheduledDelayMilliseconds, batch.ExporterTimeoutMilliseconds, batch.MaxExportBatchSize);
    }

    // OTEL_EXPORTER_OTLP_TRACES_ENDPOINT and its like, which an exporter of one signal does not read by itself. Such an endpoint is
    // taken as it stands; the common one gets /v1/traces and so on.
    private static void Follow(this OtlpExporterOptions otlp, IConfiguration configuration, string signal)
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

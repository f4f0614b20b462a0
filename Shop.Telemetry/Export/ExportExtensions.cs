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
using Shop.Telemetry.Sampling;
using Shop.Telemetry.Sampling.Tail;

namespace Shop.Telemetry.Export;

internal static class ExportExtensions
{
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    // Defaults under the names of OpenTelemetry's own variables, so that the environment takes precedence. The AppHost sets an interval
    // of one second in Development, with queues of the same size: the SDK's default of 2048 overflows when the dashboard is slow for a
    // short time, and dropped spans are gaps in a trace.
    private static readonly Dictionary<string, string> _batchDefaults = new()
    {
        ["OTEL_BSP_SCHEDULE_DELAY"] = "10000",
        ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = "1000",
        ["OTEL_BSP_MAX_QUEUE_SIZE"] = "10000",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "10000",
        ["OTEL_BLRP_MAX_EXPORT_BATCH_SIZE"] = "1000",
        ["OTEL_BLRP_MAX_QUEUE_SIZE"] = "10000",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "10000",
    };

    /// <summary>Determines whether an OTLP endpoint is configured.</summary>
    public static bool IsExporting(this IConfiguration configuration) => !string.IsNullOrWhiteSpace(configuration[OtlpEndpoint]);

    /// <summary>
    /// Exports traces, metrics and logs by OTLP if an endpoint is configured: in batches of 1000, or every 10 seconds, from background
    /// threads that never block a request. When the collector is slow and a queue is full, further items are dropped.
    /// </summary>
    /// <remarks>
    /// <c>UseOtlpExporter</c> is not an option: it adds its own trace exporter at the end, beside
    /// <see cref="TailSamplingProcessor"/> instead of behind it.
    /// </remarks>
    public static void AddExport(this IHostApplicationBuilder builder)
    {
        if (!builder.Configuration.IsExporting())
        {
            return;
        }

        foreach (var (name, value) in _batchDefaults)
        {
            builder.Configuration[name] ??= value;
        }

        builder.Services.AddHostedService<TelemetryShutdownService>();
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddOtlpExporter(otlp => otlp.ApplySignalVariables(builder.Configuration, "METRICS")))
            .WithLogging(logging => logging.AddOtlpExporter(otlp => otlp.ApplySignalVariables(builder.Configuration, "LOGS")));
        builder.Services.AddSingleton(services => new SpanExport(CreateBatchProcessor(services)));
    }

    private static BaseProcessor<Activity> CreateBatchProcessor(IServiceProvider services)
    {
        var otlp = services.GetRequiredService<IOptionsFactory<OtlpExporterOptions>>().Create(Options.DefaultName);
        otlp.ApplySignalVariables(services.GetRequiredService<IConfiguration>(), "TRACES");
        var batch = services.GetRequiredService<IOptionsMonitor<ActivityExportProcessorOptions>>().CurrentValue.BatchExportProcessorOptions;
        return new BatchActivityExportProcessor(
            new OtlpTraceExporter(otlp),
            batch.MaxQueueSize,
            batch.ScheduledDelayMilliseconds,
            batch.ExporterTimeoutMilliseconds,
            batch.MaxExportBatchSize);
    }

    // AddOtlpExporter does not read the variables of one signal, such as OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
    // (https://github.com/open-telemetry/opentelemetry-dotnet/issues/4154). An endpoint of one signal is used as it is; /v1/traces and
    // the like are appended to the common endpoint only.
    private static void ApplySignalVariables(this OtlpExporterOptions otlp, IConfiguration configuration, string signal)
    {
        if (GetVariable("PROTOCOL") is { } protocol)
        {
            otlp.Protocol = protocol == "grpc" ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        }

        if (Uri.TryCreate(GetVariable("ENDPOINT"), UriKind.Absolute, out var endpoint))
        {
            otlp.Endpoint = endpoint;
        }

        if (GetVariable("HEADERS") is { } headers)
        {
            otlp.Headers = headers;
        }

        if (int.TryParse(GetVariable("TIMEOUT"), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
        {
            otlp.TimeoutMilliseconds = milliseconds;
        }

        string? GetVariable(string name) => configuration[$"OTEL_EXPORTER_OTLP_{signal}_{name}"] is { Length: > 0 } value ? value : null;
    }
}

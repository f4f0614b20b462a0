using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Shop.Telemetry.Metrics;
using Shop.Telemetry.Propagation;
using Shop.Telemetry.Sampling;

namespace Shop.Telemetry.Export;

internal static class ExportExtensions
{
    /// <summary>
    /// Exports each signal by OTLP for which an endpoint is configured, in batches of 512 or every second, metrics every 10 seconds. The
    /// exporters run on background threads that never block a request. They retry for the export timeout (10 seconds) while a collector
    /// is unavailable; when a queue is full, further items are dropped. Where logs are exported, the console has warnings and above unless
    /// <c>Logging:Console:LogLevel</c> is set.
    /// </summary>
    /// <remarks>
    /// <c>UseOtlpExporter</c> is not an option: it adds its own trace exporter at the end, beside
    /// <see cref="Sampling.Tail.TailSamplingProcessor"/> instead of behind it.
    /// </remarks>
    public static void AddExport(this IHostApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        var warnings = OtlpVariables.Normalize(configuration);
        if (warnings.Count > 0)
        {
            builder.Services.AddHostedService(services =>
                ActivatorUtilities.CreateInstance<IgnoredVariableLogger>(services, warnings));
        }

        OtlpVariables.CopyToEnvironment(configuration);
        builder.Services.AddHostedService<TelemetryShutdownService>();
        var telemetry = builder.Services.AddOpenTelemetry();
        if (configuration.IsExported(OtlpVariables.Metrics))
        {
            telemetry.WithMetrics(metrics => metrics.AddReader(services => CreateMetricReader(
                configuration, services.GetRequiredService<CardinalityLimitMonitor>())));
        }

        if (configuration.IsExported(OtlpVariables.Logs))
        {
            telemetry.WithLogging(logging => logging.AddProcessor(_ => CreateLogProcessor(configuration)));
            if (!configuration.GetSection("Logging:Console:LogLevel").Exists())
            {
                builder.Services.PostConfigure<LoggerFilterOptions>(ConsoleLevel.Raise);
            }
        }

        if (configuration.IsExported(OtlpVariables.Traces))
        {
            builder.Services.AddSingleton(_ => new SpanExport(
                CreateSpanProcessor(configuration, () => CreateOptions(configuration, OtlpVariables.Traces))));
        }

        builder.AddServiceSpanExport();
    }

    // After the export above: at the end of the service, both share the time, and this one gets what is left of it.
    private static void AddServiceSpanExport(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<SpanExportOptions, SpanExportOptionsValidator>()
            .BindConfiguration(SpanExportOptions.Section);
        var configuration = builder.Configuration;
        if (!configuration.IsSdkDisabled()
            && Uri.TryCreate(
                configuration[$"{SpanExportOptions.Section}:{nameof(SpanExportOptions.Endpoint)}"], UriKind.Absolute, out var endpoint))
        {
            builder.Services.AddSingleton(services => new SpanExport(
                CreateSpanProcessor(configuration, () => CreateOptions(endpoint, services.GetRequiredService<ServiceKey>()))));
        }
    }

    private static SizeRoutingProcessor<Activity> CreateSpanProcessor(
        IConfiguration configuration, Func<OtlpExporterOptions> createOptions) => new(
        [
            .. from batch in BatchSettings.Read(configuration, "OTEL_BSP_")
               let exporter = new OtlpTraceExporter(createOptions())
               select new BatchActivityExportProcessor(exporter, batch.QueueSize, batch.Delay, batch.Timeout, batch.BatchSize),
        ],
        ExportLimits.TruncateAndEstimate);

    private static SizeRoutingProcessor<LogRecord> CreateLogProcessor(IConfiguration configuration) => new(
        [
            .. from batch in BatchSettings.Read(configuration, "OTEL_BLRP_")
               let exporter = new OtlpLogExporter(CreateOptions(configuration, OtlpVariables.Logs))
               select new BatchLogRecordExportProcessor(exporter, batch.QueueSize, batch.Delay, batch.Timeout, batch.BatchSize),
        ],
        ExportLimits.Estimate);

    private static PeriodicExportingMetricReader CreateMetricReader(IConfiguration configuration, CardinalityLimitMonitor monitor) => new(
        new MetricExporter(CreateOptions(configuration, OtlpVariables.Metrics), monitor),
        int.Parse(configuration["OTEL_METRIC_EXPORT_INTERVAL"]!, CultureInfo.InvariantCulture),
        int.Parse(configuration["OTEL_METRIC_EXPORT_TIMEOUT"]!, CultureInfo.InvariantCulture))
    {
        TemporalityPreference = configuration["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"]?.ToLowerInvariant() switch
        {
            "delta" => MetricReaderTemporalityPreference.Delta,
            "lowmemory" => MetricReaderTemporalityPreference.LowMemory,
            _ => MetricReaderTemporalityPreference.Cumulative,
        },
    };

    private static OtlpExporterOptions CreateOptions(IConfiguration configuration, string signal)
    {
        var otlp = new OtlpExporterOptions();
        otlp.Apply(configuration, signal);
        return otlp;
    }

    private static OtlpExporterOptions CreateOptions(Uri endpoint, ServiceKey key)
    {
        var otlp = new OtlpExporterOptions
        {
            Protocol = OtlpExportProtocol.HttpProtobuf,
            Endpoint = endpoint,
            // Not those of OTEL_EXPORTER_OTLP_HEADERS, which are for the collector.
            Headers = null,
            MaxRequestSizeBytes = ExportLimits.MaxRequestBytes,
        };
        otlp.HttpClientFactory = () => OtlpHttpClient.CreateForService(otlp, key);
        return otlp;
    }

    // The exporters do not read the variables of one signal, such as OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, unless they are added by
    // UseOtlpExporter (https://github.com/open-telemetry/opentelemetry-dotnet/issues/4154).
    private static void Apply(this OtlpExporterOptions otlp, IConfiguration configuration, string signal)
    {
        otlp.Protocol = configuration.GetOtlp(signal, "PROTOCOL") == "http/protobuf"
            ? OtlpExportProtocol.HttpProtobuf
            : OtlpExportProtocol.Grpc;
        otlp.Endpoint = GetEndpoint(configuration, signal, otlp.Protocol);
        // The HTTP client has the headers: the exporters decode the list before they split it, which breaks values with a comma.
        otlp.Headers = null;
        otlp.Compression = configuration.GetOtlp(signal, "COMPRESSION") == "gzip" ? OtlpExportCompression.GZip : OtlpExportCompression.None;
        if (configuration.GetOtlp(signal, "TIMEOUT") is { } timeout)
        {
            otlp.TimeoutMilliseconds = int.Parse(timeout, CultureInfo.InvariantCulture);
        }

        otlp.MaxRequestSizeBytes = ExportLimits.MaxRequestBytes;
        otlp.HttpClientFactory = () => OtlpHttpClient.Create(otlp, configuration, signal);
    }

    // An endpoint of one signal is used as it is; /v1/traces and the like are appended to the common endpoint only.
    private static Uri GetEndpoint(IConfiguration configuration, string signal, OtlpExportProtocol protocol)
    {
        if (configuration.GetOtlpOfSignal(signal, "ENDPOINT") is { } endpoint)
        {
            return new Uri(endpoint);
        }

        var common = configuration.GetOtlp(signal, "ENDPOINT");
        return protocol is OtlpExportProtocol.Grpc
            ? new Uri(common ?? "http://localhost:4317")
            : new Uri($"{(common ?? "http://localhost:4318").TrimEnd('/')}/v1/{signal.ToLowerInvariant()}");
    }

    private sealed record BatchSettings(int QueueSize, int BatchSize, int Delay, int Timeout)
    {
        /// <summary>Reads the settings of each of <see cref="ExportLimits.Batches"/>.</summary>
        public static IEnumerable<BatchSettings> Read(IConfiguration configuration, string prefix)
        {
            var (maxQueueSize, maxBatchSize) = (Get("MAX_QUEUE_SIZE"), Get("MAX_EXPORT_BATCH_SIZE"));
            foreach (var (_, size) in ExportLimits.Batches)
            {
                // Queues of larger items are shorter: 10,000 ordinary, 1250 large and 19 very large ones.
                var queueSize = Math.Max((int)((long)maxQueueSize * size / ExportLimits.Batches[0].MaxBatchSize), 1);
                // A batch cannot be larger than its queue.
                var batchSize = Math.Min(Math.Min(maxBatchSize, size), queueSize);
                yield return new(queueSize, batchSize, Get("SCHEDULE_DELAY"), Get("EXPORT_TIMEOUT"));
            }

            int Get(string name) => int.Parse(configuration[prefix + name]!, CultureInfo.InvariantCulture);
        }
    }

    // There is no logger yet when the variables are read.
    private sealed class IgnoredVariableLogger(IReadOnlyList<IgnoredVariable> warnings, ILogger<IgnoredVariableLogger> log) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            foreach (var warning in warnings)
            {
                log.VariableIgnored(warning.Name, warning.Value, warning.Expected);
            }

            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

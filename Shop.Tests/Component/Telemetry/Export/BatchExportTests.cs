using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Export;

public sealed class BatchExportTests
{
    private const string UnusedEndpoint = "http://127.0.0.1:9";

    [Fact]
    public async Task Telemetry_is_exported_every_ten_seconds_in_batches_of_one_thousand()
    {
        await using var service = TestService.Build(settings: [("OTEL_EXPORTER_OTLP_ENDPOINT", UnusedEndpoint)]);

        var logs = GetOptions<LogRecordExportProcessorOptions>(service).BatchExportProcessorOptions;
        Assert.Equal((10_000, 1000, 10_000), (logs.ScheduledDelayMilliseconds, logs.MaxExportBatchSize, logs.MaxQueueSize));
        var spans = GetOptions<ActivityExportProcessorOptions>(service).BatchExportProcessorOptions;
        Assert.Equal((10_000, 1000, 10_000), (spans.ScheduledDelayMilliseconds, spans.MaxExportBatchSize, spans.MaxQueueSize));
        Assert.Equal(10_000, GetOptions<MetricReaderOptions>(service).PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds);
    }

    [Fact]
    public async Task Environment_variable_overrides_the_default()
    {
        await using var service = TestService.Build(settings:
            [("OTEL_EXPORTER_OTLP_ENDPOINT", UnusedEndpoint), ("OTEL_BLRP_SCHEDULE_DELAY", "1000")]);

        Assert.Equal(1000, GetOptions<LogRecordExportProcessorOptions>(service).BatchExportProcessorOptions.ScheduledDelayMilliseconds);
    }

    [Fact]
    public async Task Queue_has_the_same_size_in_development()
    {
        await using var service = TestService.Build(
            environment: "Development",
            settings: [("OTEL_EXPORTER_OTLP_ENDPOINT", UnusedEndpoint), ("OTEL_BSP_SCHEDULE_DELAY", "1000")]);

        var spans = GetOptions<ActivityExportProcessorOptions>(service).BatchExportProcessorOptions;
        Assert.Equal((1000, 10_000), (spans.ScheduledDelayMilliseconds, spans.MaxQueueSize));
    }

    private static T GetOptions<T>(TestService service) where T : class =>
        service.Services.GetRequiredService<IOptionsMonitor<T>>().CurrentValue;
}

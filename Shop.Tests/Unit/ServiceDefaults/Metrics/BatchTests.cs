using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Shop.Tests.Unit.ServiceDefaults.Support;

namespace Shop.Tests.Unit.ServiceDefaults.Metrics;

public class BatchTests
{
    private const string Nowhere = "http://127.0.0.1:9";

    [Fact]
    public async Task Telemetry_leaves_every_ten_seconds_or_a_thousand_at_a_time()
    {
        await using var service = Service.Build(new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Nowhere });

        var logs = Of<LogRecordExportProcessorOptions>(service).BatchExportProcessorOptions;
        Assert.Equal((10_000, 1000, 10_000), (logs.ScheduledDelayMilliseconds, logs.MaxExportBatchSize, logs.MaxQueueSize));
        var spans = Of<ActivityExportProcessorOptions>(service).BatchExportProcessorOptions;
        Assert.Equal((10_000, 1000, 10_000), (spans.ScheduledDelayMilliseconds, spans.MaxExportBatchSize, spans.MaxQueueSize));
        Assert.Equal(10_000, Of<MetricReaderOptions>(service).PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds);
    }

    [Fact]
    public async Task What_the_environment_says_counts_more()
    {
        await using var service = Service.Build(new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Nowhere, ["OTEL_BLRP_SCHEDULE_DELAY"] = "1000" });

        Assert.Equal(1000, Of<LogRecordExportProcessorOptions>(service).BatchExportProcessorOptions.ScheduledDelayMilliseconds);
    }

    [Fact]
    public async Task A_busy_moment_has_room_in_development_too()
    {
        await using var service = Service.Build(new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Nowhere, ["OTEL_BSP_SCHEDULE_DELAY"] = "1000" }, environment: "Development");

        var spans = Of<ActivityExportProcessorOptions>(service).BatchExportProcessorOptions;
        Assert.Equal((1000, 10_000), (spans.ScheduledDelayMilliseconds, spans.MaxQueueSize));
    }

    private static T Of<T>(Service service) where T : class => service.App.Services.GetRequiredService<IOptionsMonitor<T>>().CurrentValue;
}

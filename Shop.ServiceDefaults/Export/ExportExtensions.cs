using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;

namespace Shop.ServiceDefaults.Export;

internal static class ExportExtensions
{
    // OpenTelemetry's own names, so that the environment has the last word. The AppHost sets one second in Development.
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

    /// <summary>
    /// All signals leave by OTLP, when somebody wants them: in batches of 1000, or every 10 seconds, from a background thread that
    /// never holds up a request. What a slow receiver does not take in time is dropped.
    /// </summary>
    public static void AddExport(this IHostApplicationBuilder builder)
    {
        if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            return;

        if (!builder.Environment.IsDevelopment())
        {
            foreach (var (name, value) in _batches)
                builder.Configuration[name] ??= value;
        }

        // A collector that hangs must not keep a service from stopping: traces, metrics and logs each wait this long for it (milliseconds).
        builder.Configuration["OTEL_EXPORTER_OTLP_TIMEOUT"] ??= "1000";
        builder.Services.AddOpenTelemetry().UseOtlpExporter();
    }
}

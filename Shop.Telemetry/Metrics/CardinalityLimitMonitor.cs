using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Shop.Telemetry.Metrics;

/// <summary>
/// Says so, once for each instrument, when a metric has more series than it may have (2000). OpenTelemetry then counts the rest
/// into one series, <c>otel.metric.overflow="true"</c>: sums stay right, and nobody is told.
/// </summary>
internal sealed class CardinalityLimitMonitor(ILogger<CardinalityLimitMonitor> log) : BaseExporter<Metric>
{
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private const string Overflow = "otel.metric.overflow";

    private readonly HashSet<string> _told = [];

    public override ExportResult Export(in Batch<Metric> batch)
    {
        foreach (var metric in batch)
        {
            if (!_told.Contains(metric.Name) && HasOverflow(metric))
            {
                _told.Add(metric.Name);
                log.SeriesOverflow(metric.Name, metric.MeterName);
            }
        }

        return ExportResult.Success;
    }

    private static bool HasOverflow(Metric metric)
    {
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            foreach (var (name, _) in point.Tags)
            {
                if (name == Overflow)
                    return true;
            }
        }

        return false;
    }
}

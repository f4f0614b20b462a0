using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Shop.Telemetry.Metrics;

/// <summary>
/// Logs a warning, once per metric, when a metric exceeds its cardinality limit of 2000 series.
/// </summary>
/// <remarks>
/// OpenTelemetry adds measurements of further series to one overflow series, <c>otel.metric.overflow="true"</c>, without logging it.
/// Totals stay right, but filters by attribute do not. The monitor sees what is exported, because a reader of its own would record each
/// measurement once more. Where Prometheus reads the metrics instead, its rules find the overflow series.
/// </remarks>
internal sealed class CardinalityLimitMonitor(ILogger<CardinalityLimitMonitor> log)
{
    private const string OverflowAttribute = "otel.metric.overflow";

    private readonly HashSet<string> _loggedMetrics = [];

    /// <summary>Looks for overflow series in the metrics of one export.</summary>
    public void Check(in Batch<Metric> batch)
    {
        foreach (var metric in batch)
        {
            if (!_loggedMetrics.Contains(metric.Name) && HasOverflow(metric))
            {
                _loggedMetrics.Add(metric.Name);
                log.CardinalityLimitExceeded(metric.Name, metric.MeterName);
            }
        }
    }

    private static bool HasOverflow(Metric metric)
    {
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            foreach (var (name, _) in point.Tags)
            {
                if (name == OverflowAttribute)
                {
                    return true;
                }
            }
        }

        return false;
    }
}

using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Shop.Telemetry.Metrics;

/// <summary>
/// Logs a warning, once per metric, when a metric exceeds its cardinality limit of 2000 series.
/// </summary>
/// <remarks>
/// OpenTelemetry adds measurements of further series to one overflow series, <c>otel.metric.overflow="true"</c>, without logging it.
/// Totals stay right, but filters by attribute do not.
/// </remarks>
internal sealed class CardinalityLimitMonitor(ILogger<CardinalityLimitMonitor> log) : BaseExporter<Metric>
{
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private const string OverflowAttribute = "otel.metric.overflow";

    private readonly HashSet<string> _loggedMetrics = [];

    public override ExportResult Export(in Batch<Metric> batch)
    {
        foreach (var metric in batch)
        {
            if (!_loggedMetrics.Contains(metric.Name) && HasOverflow(metric))
            {
                _loggedMetrics.Add(metric.Name);
                log.CardinalityLimitExceeded(metric.Name, metric.MeterName);
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
                if (name == OverflowAttribute)
                {
                    return true;
                }
            }
        }

        return false;
    }
}

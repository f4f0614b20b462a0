using System.Diagnostics;
using OpenTelemetry.Metrics;

namespace Shop.Tests.Support;

internal static class MetricExtensions
{
    /// <summary>Returns the spans that are exemplars of a metric.</summary>
    public static IReadOnlyList<ActivitySpanId> ReadExemplars(this IEnumerable<Metric> metrics, string name)
    {
        var spans = new List<ActivitySpanId>();
        foreach (var metric in metrics.Where(metric => metric.Name == name))
        {
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                if (point.TryGetExemplars(out var exemplars))
                {
                    foreach (ref readonly var exemplar in exemplars)
                    {
                        spans.Add(exemplar.SpanId);
                    }
                }
            }
        }

        return spans;
    }
}

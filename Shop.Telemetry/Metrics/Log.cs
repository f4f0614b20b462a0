using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Metrics;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "Metric {Metric} of {Meter} has more series than it may have; the rest is counted as one", EventName = "metrics.cardinality_limit_exceeded")]
    public static partial void SeriesOverflow(this ILogger log, string metric, string meter);
}

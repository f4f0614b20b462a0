using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Metrics;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning,
        "Metric {Metric} of meter {Meter} exceeded its cardinality limit; further series are added to the overflow series",
        EventName = "metrics.cardinality_limit_exceeded")]
    public static partial void CardinalityLimitExceeded(this ILogger log, string metric, string meter);
}

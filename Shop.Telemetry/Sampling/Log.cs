using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Sampling;

internal static partial class Log
{
    [LoggerMessage(
        LogLevel.Error,
        "The changed trace sampling configuration is invalid; the previous configuration stays in effect",
        EventName = "trace_sampling.rejected")]
    public static partial void TraceSamplingRejected(this ILogger log, Exception exception);

    [LoggerMessage(
        LogLevel.Error,
        "The changed configuration of the critical routes is invalid; the previous configuration stays in effect",
        EventName = "critical_routes.rejected")]
    public static partial void CriticalRoutesRejected(this ILogger log, Exception exception);
}

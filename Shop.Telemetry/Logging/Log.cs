using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Logging;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "{Method} {Route} responded {StatusCode} in {ElapsedMilliseconds} ms",
        EventName = "request.completed")]
    public static partial void RequestCompleted(this ILogger log, string method, string route, int statusCode, double elapsedMilliseconds);

    [LoggerMessage(LogLevel.Error, "{Method} {Route} responded {StatusCode} in {ElapsedMilliseconds} ms",
        EventName = "request.failed")]
    public static partial void RequestFailed(this ILogger log, string method, string route, int statusCode, double elapsedMilliseconds);

    [LoggerMessage(LogLevel.Warning, "Dropped {Count} log records because the console queue was full",
        EventName = "console.records_dropped")]
    public static partial void RecordsDropped(this ILogger log, long count);
}

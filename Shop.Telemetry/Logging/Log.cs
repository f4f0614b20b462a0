using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Logging;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "{Method} {Route} answered {Status} after {Milliseconds} ms", EventName = "request.answered")]
    public static partial void RequestAnswered(this ILogger log, string method, string route, int status, double milliseconds);

    [LoggerMessage(LogLevel.Error, "{Method} {Route} answered {Status} after {Milliseconds} ms", EventName = "request.failed")]
    public static partial void RequestFailed(this ILogger log, string method, string route, int status, double milliseconds);

    [LoggerMessage(LogLevel.Warning, "{Count} lines were dropped: whoever reads this console is too slow", EventName = "console.records_dropped")]
    public static partial void LinesDropped(this ILogger log, long count);
}

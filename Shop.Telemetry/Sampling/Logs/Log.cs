using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Sampling.Logs;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "The log sampling configuration changed", EventName = "log_sampling.changed")]
    public static partial void ConfigurationChanged(this ILogger log);

    [LoggerMessage(
        LogLevel.Error,
        "The changed log sampling configuration is invalid; the previous configuration stays in effect",
        EventName = "log_sampling.rejected")]
    public static partial void ConfigurationRejected(this ILogger log, Exception exception);
}

using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Sampling.Logs;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Log sampling follows the changed configuration", EventName = "log_sampling.changed")]
    public static partial void SamplingChanged(this ILogger log);

    [LoggerMessage(LogLevel.Error, "Log sampling stays as it was: the changed configuration is wrong", EventName = "log_sampling.rejected")]
    public static partial void SamplingRefused(this ILogger log, Exception exception);
}

using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Export;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "{Reason}", EventName = "telemetry.variable_ignored")]
    public static partial void VariableIgnored(this ILogger log, string reason);
}

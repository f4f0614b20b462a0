using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Export;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "Ignored {Variable}={Value}: expected {Expected}", EventName = "telemetry.variable_ignored")]
    public static partial void VariableIgnored(this ILogger log, string variable, string value, string expected);
}

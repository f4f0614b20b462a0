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

    [LoggerMessage(
        LogLevel.Information,
        "Version {Version} of the accepted critical routes is in effect, with {Count} routes",
        EventName = "accepted_routes.changed")]
    public static partial void AcceptedRoutesChanged(this ILogger log, long version, int count);

    [LoggerMessage(
        LogLevel.Error,
        "Version {Version} of the accepted critical routes is invalid; version {Current} stays in effect",
        EventName = "accepted_routes.rejected")]
    public static partial void AcceptedRoutesRejected(this ILogger log, long version, long current);

    [LoggerMessage(
        LogLevel.Warning,
        "Version {Version} of the accepted critical routes is older than version {Current}, which stays in effect",
        EventName = "accepted_routes.older")]
    public static partial void AcceptedRoutesOlder(this ILogger log, long version, long current);

    [LoggerMessage(
        LogLevel.Warning,
        "The accepted critical routes cannot be read from {Endpoint}; the last ones stay in effect",
        EventName = "accepted_routes.unavailable")]
    public static partial void AcceptedRoutesUnavailable(this ILogger log, Uri endpoint, Exception exception);

    [LoggerMessage(LogLevel.Information, "The accepted critical routes can be read again", EventName = "accepted_routes.available")]
    public static partial void AcceptedRoutesAvailable(this ILogger log);
}

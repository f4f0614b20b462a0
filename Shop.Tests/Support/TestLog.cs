using Microsoft.Extensions.Logging;

namespace Shop.Tests.Unit.ServiceDefaults.Support;

/// <summary>What tests let a service say.</summary>
internal static partial class Probe
{
    [LoggerMessage(LogLevel.Information, "Said {What}", EventName = "probe.said")]
    public static partial void Said(this ILogger log, string what);

    [LoggerMessage(LogLevel.Information, "Counted {Number} for {Order} on {Day}", EventName = "probe.counted")]
    public static partial void Counted(this ILogger log, int number, Guid order, DateTimeOffset day);

    [LoggerMessage(LogLevel.Warning, "Warned", EventName = "probe.warned")]
    public static partial void Warned(this ILogger log);

    [LoggerMessage(LogLevel.Error, "Failed", EventName = "probe.failed")]
    public static partial void Failed(this ILogger log, Exception exception);
}

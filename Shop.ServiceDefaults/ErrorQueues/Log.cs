using Microsoft.Extensions.Logging;

namespace Shop.ServiceDefaults.ErrorQueues;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Debug, "Parked messages could not be counted: {Reason}", EventName = "parked.not_counted")]
    public static partial void ParkedNotCounted(this ILogger log, string reason);

    [LoggerMessage(LogLevel.Information, "Parked messages of {Queue} go back to work: {Count}", EventName = "parked.replayed")]
    public static partial void ParkedReplayed(this ILogger log, string queue, int count);

    [LoggerMessage(LogLevel.Warning, "Parked message {MessageId} of {Queue} is thrown away", EventName = "parked.discarded")]
    public static partial void ParkedDiscarded(this ILogger log, string queue, string messageId);
}

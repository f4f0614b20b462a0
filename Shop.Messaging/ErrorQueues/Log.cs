using Microsoft.Extensions.Logging;

namespace Shop.Messaging.ErrorQueues;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Debug, "Parked messages could not be counted: {Reason}", EventName = "error_queues.not_counted")]
    public static partial void ErrorQueuesNotCounted(this ILogger log, string reason);

    [LoggerMessage(LogLevel.Information, "Parked messages of {Queue} go back to work: {Count}", EventName = "messages.replayed")]
    public static partial void MessagesReplayed(this ILogger log, string queue, int count);

    [LoggerMessage(LogLevel.Warning, "Parked message {MessageId} of {Queue} is thrown away", EventName = "message.discarded")]
    public static partial void MessageDiscarded(this ILogger log, string queue, string messageId);
}

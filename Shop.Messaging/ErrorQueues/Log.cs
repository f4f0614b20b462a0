using Microsoft.Extensions.Logging;

namespace Shop.Messaging.ErrorQueues;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Debug, "Could not count the messages in error queues: {Reason}", EventName = "error_queues.not_counted")]
    public static partial void ErrorQueuesNotCounted(this ILogger log, string reason);

    [LoggerMessage(LogLevel.Information, "Replayed {Count} messages from the error queue of {Queue}", EventName = "error_queue.replayed")]
    public static partial void MessagesReplayed(this ILogger log, string queue, int count);

    [LoggerMessage(
        LogLevel.Warning, "Discarded message {MessageId} from the error queue of {Queue}", EventName = "error_queue.message_discarded")]
    public static partial void MessageDiscarded(this ILogger log, string queue, string messageId);
}

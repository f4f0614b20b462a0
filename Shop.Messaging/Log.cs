using Microsoft.Extensions.Logging;

namespace Shop.Messaging;

internal static partial class Log
{
    [LoggerMessage(
        LogLevel.Warning,
        "Redelivering message {MessageId} from {Queue} in {Delay} (attempt {Attempt})",
        EventName = "message.redelivery_scheduled")]
    public static partial void RedeliveryScheduled(
        this ILogger log, string queue, string? messageId, TimeSpan delay, int attempt, Exception exception);

    [LoggerMessage(LogLevel.Error, "Moved message {MessageId} from {Queue} to the error queue", EventName = "message.moved_to_error_queue")]
    public static partial void MessageMovedToErrorQueue(this ILogger log, string queue, string? messageId, Exception exception);

    [LoggerMessage(
        LogLevel.Error,
        "Moved message {MessageId} from {Queue} to the error queue: no handler for its type",
        EventName = "message.skipped")]
    public static partial void SkippedMessageMovedToErrorQueue(this ILogger log, string queue, string? messageId);

    [LoggerMessage(LogLevel.Warning, "The broker is unreachable. Connecting when it accepts connections", EventName = "broker.unreachable")]
    public static partial void BrokerUnreachable(this ILogger log);

    [LoggerMessage(LogLevel.Information, "The broker accepts connections again after {Elapsed}", EventName = "broker.reachable")]
    public static partial void BrokerReachable(this ILogger log, TimeSpan elapsed);
}

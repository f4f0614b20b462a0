using Microsoft.Extensions.Logging;

namespace Shop.Messaging;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "Message {MessageId} of {Queue} waits {Time}, for the {Number}. time", EventName = "message.redelivered")]
    public static partial void MessageRedelivered(this ILogger log, string queue, string? messageId, TimeSpan time, int number, Exception exception);

    [LoggerMessage(LogLevel.Error, "Message {MessageId} of {Queue} could not be consumed and is parked", EventName = "message.moved_to_error_queue")]
    public static partial void MessageMovedToErrorQueue(this ILogger log, string queue, string? messageId, Exception exception);

    [LoggerMessage(LogLevel.Error, "Message {MessageId} of {Queue} is of a type that nobody here consumes, and is parked", EventName = "message.skipped")]
    public static partial void SkippedMessageMovedToErrorQueue(this ILogger log, string queue, string? messageId);

    [LoggerMessage(LogLevel.Warning, "The broker is not reachable; connecting as soon as it is", EventName = "broker.unreachable")]
    public static partial void BrokerUnreachable(this ILogger log);

    [LoggerMessage(LogLevel.Information, "The broker is reachable again, after {Time}", EventName = "broker.reachable")]
    public static partial void BrokerReachable(this ILogger log, TimeSpan time);
}

using Microsoft.Extensions.Logging;

namespace Shop.ServiceDefaults.Messaging;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "Message {MessageId} of {Queue} waits {Time}, for the {Number}. time", EventName = "message.delayed")]
    public static partial void MessageWaits(this ILogger log, string queue, string? messageId, TimeSpan time, int number, Exception exception);

    [LoggerMessage(LogLevel.Error, "Message {MessageId} of {Queue} could not be consumed and is parked", EventName = "message.parked")]
    public static partial void MessageParked(this ILogger log, string queue, string? messageId, Exception exception);

    [LoggerMessage(LogLevel.Error, "Message {MessageId} of {Queue} is of a type that nobody here consumes, and is parked", EventName = "message.unknown")]
    public static partial void UnknownMessageParked(this ILogger log, string queue, string? messageId);

    [LoggerMessage(LogLevel.Warning, "The broker is not reachable; connecting as soon as it is", EventName = "broker.awaited")]
    public static partial void BrokerAwaited(this ILogger log);

    [LoggerMessage(LogLevel.Information, "The broker is reachable again, after {Time}", EventName = "broker.reachable")]
    public static partial void BrokerReachable(this ILogger log, TimeSpan time);
}

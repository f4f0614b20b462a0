using Microsoft.Extensions.Logging;

namespace Shop.ServiceDefaults.Messaging;

internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "Message {MessageId} of {Queue} waits {Time}, for the {Number}. time", EventName = "message.delayed")]
    public static partial void MessageWaits(this ILogger log, string queue, string? messageId, TimeSpan time, int number, Exception exception);

    [LoggerMessage(LogLevel.Error, "Message {MessageId} of {Queue} could not be consumed and is parked", EventName = "message.parked")]
    public static partial void MessageParked(this ILogger log, string queue, string? messageId, Exception exception);
}

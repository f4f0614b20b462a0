using System.Globalization;
using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client;

namespace Shop.Messaging.MassTransit;

/// <summary>Moves messages out of a handler's queue with the body and headers they arrived with, trace context included.</summary>
internal static class ErrorQueueTransport
{
    /// <summary>
    /// Returns when the broker has confirmed the message in the error queue. When this method throws, the message is still in its queue.
    /// </summary>
    public static async Task MoveToErrorQueueAsync(
        this ReceiveContext context, string queue, string errorType, string errorMessage, DateTimeOffset now)
    {
        var errorQueue = QueueTopology.ErrorQueueFor(queue);
        var channel = context.GetPayload<ChannelContext>();
        await channel.QueueDeclare(
            errorQueue, durable: true, exclusive: false, autoDelete: false, QueueTopology.ErrorQueueArguments, context.CancellationToken);

        var properties = context.CopyProperties();
        properties.Headers![MessageHeaders.ErrorType] = errorType;
        properties.Headers[MessageHeaders.ErrorMessage] = errorMessage;
        properties.Headers[MessageHeaders.ErrorTime] = now.ToString("O", CultureInfo.InvariantCulture);
        await channel.BasicPublishAsync(
            "", errorQueue, mandatory: true, properties, context.GetBody(), awaitAck: true, context.CancellationToken);
    }

    public static BasicProperties CopyProperties(this ReceiveContext context)
    {
        var properties = new BasicProperties(context.GetPayload<RabbitMqBasicConsumeContext>().Properties) { Persistent = true };
        properties.Headers = properties.Headers is { } headers ? new Dictionary<string, object?>(headers) : [];
        // An expiration set by the publisher would remove the message from the error queue.
        properties.ClearExpiration();
        return properties;
    }

    /// <summary>Returns the name of the queue that the message was received from.</summary>
    public static string GetQueue(this ReceiveContext context) => context.InputAddress.Segments[^1];

    /// <summary>
    /// Returns the destination that a message was received from, as the semantic conventions name it: its exchange and its queue, such as
    /// <c>order-confirmed:cart-order-confirmed</c>, or only the queue of a message that was published to it. The id of a process is left
    /// out.
    /// </summary>
    public static string GetDestination(this ReceiveContext context) =>
        context.TryGetPayload<RabbitMqBasicConsumeContext>(out var delivery) && delivery.Exchange.Length > 0
            ? $"{delivery.Exchange}:{QueueTopology.NameInTelemetry(context.GetQueue())}"
            : QueueTopology.NameInTelemetry(context.GetQueue());

    public static int GetRedeliveryCount(this ReceiveContext context) =>
        context.TransportHeaders.Get<int>(MessageHeaders.RedeliveryCount) ?? 0;
}

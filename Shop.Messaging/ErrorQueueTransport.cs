using System.Globalization;
using MassTransit;
using MassTransit.RabbitMqTransport;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Shop.Messaging;

/// <summary>The way of a message out of a consumer's queue that is not through its consumer. Body and headers stay as they came, those of its trace included.</summary>
internal static class ErrorQueueTransport
{
    /// <summary>Returns when the broker has the message safe in the error queue, and throws otherwise: then it is still where it was.</summary>
    public static async Task MoveToErrorQueueAsync(this ReceiveContext context, string queue, IEnumerable<KeyValuePair<string, object>> why)
    {
        var place = Queues.ErrorsOf(queue);
        var channel = context.GetPayload<ChannelContext>();
        await channel.QueueDeclare(place, durable: true, exclusive: false, autoDelete: false, Queues.ErrorArguments, context.CancellationToken);

        var properties = context.CopyProperties();
        foreach (var (name, value) in why)
            properties.Headers![name] = Convert.ToString(value, CultureInfo.InvariantCulture);
        await channel.BasicPublishAsync("", place, mandatory: true, properties, context.GetBody(), awaitAck: true, context.CancellationToken);
    }

    public static BasicProperties CopyProperties(this ReceiveContext context)
    {
        var properties = new BasicProperties(context.GetPayload<RabbitMqBasicConsumeContext>().Properties) { Persistent = true };
        properties.Headers = properties.Headers is { } headers ? new Dictionary<string, object?>(headers) : [];
        // Somebody's time limit would drop it from the queue where it is meant to stay.
        properties.ClearExpiration();
        return properties;
    }
}

/// <summary>
/// A message of a type that no consumer of its queue takes is parked. MassTransit's own answer, an exception, gives it back to the
/// broker instead: it would come again at once, as often as the broker lets it.
/// </summary>
internal sealed class SkippedMessageFilter(string queue, TimeProvider time, ILogger<SkippedMessageFilter> log) : IFilter<ReceiveContext>
{
    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        await context.MoveToErrorQueueAsync(queue,
        [
            new(MessageHeaders.FaultExceptionType, typeof(MessageNotConsumedException).FullName!),
            new(MessageHeaders.FaultMessage, "Nobody here consumes a message of its type."),
            new(MessageHeaders.FaultTimestamp, time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture)),
        ]);
        log.SkippedMessageMovedToErrorQueue(queue, context.CopyProperties().MessageId);
        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("parkUnknown");
}

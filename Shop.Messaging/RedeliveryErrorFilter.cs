using MassTransit;
using MassTransit.RabbitMqTransport;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Shop.Messaging;

/// <summary>
/// What becomes of a message that failed and was tried again in vain: it waits in a queue beside, where it is in nobody's way, and
/// comes back; or it is parked in the error queue. Body and headers stay as they came, those of its trace included.
/// </summary>
internal sealed class RedeliveryErrorFilter(string queue, MessagingOptions options, IReadOnlySet<Type> conflicts, ILogger<RedeliveryErrorFilter> log)
    : IFilter<ExceptionReceiveContext>
{
    public async Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next)
    {
        if (!context.IsFaulted)
            await context.NotifyFaulted(context.Exception);

        var waits = context.TransportHeaders.Get<int>(MessageHeaders.RedeliveryCount) ?? 0;
        if (waits < options.MaxRedeliveries && Faults.Classify(context.Exception, conflicts) is not FaultKind.Permanent)
            await WaitAsync(context, waits);
        else
            await MoveToErrorQueueAsync(context);

        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("waitOrPark");

    // Returns when the broker has the message safe at its new place, and throws otherwise: then it is still at the old one.
    private async Task WaitAsync(ExceptionReceiveContext context, int waits)
    {
        var (place, time) = Queues.WaitingFor(waits);
        var channel = context.GetPayload<ChannelContext>();
        await channel.ExchangeDeclare(place, ExchangeType.Fanout, durable: true, autoDelete: false, null, context.CancellationToken);
        await channel.QueueDeclare(place, durable: true, exclusive: false, autoDelete: false, Queues.WaitingArguments(time), context.CancellationToken);
        await channel.QueueBind(place, place, "", null, context.CancellationToken);

        var properties = context.CopyProperties();
        properties.Headers![MessageHeaders.RedeliveryCount] = waits + 1;
        await channel.BasicPublishAsync(place, queue, mandatory: true, properties, context.GetBody(), awaitAck: true, context.CancellationToken);
        log.MessageRedelivered(queue, properties.MessageId, time, waits + 1, context.Exception);
    }

    private async Task MoveToErrorQueueAsync(ExceptionReceiveContext context)
    {
        await context.MoveToErrorQueueAsync(queue, context.ExceptionHeaders.GetAll());
        log.MessageMovedToErrorQueue(queue, context.CopyProperties().MessageId, context.Exception);
    }
}

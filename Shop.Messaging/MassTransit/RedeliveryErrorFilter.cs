using System.Diagnostics;
using MassTransit;
using MassTransit.RabbitMqTransport;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Shop.Messaging.MassTransit;

/// <summary>
/// Schedules the delayed redelivery of a message whose retries failed, or moves it to the error queue. Body and headers stay as they
/// arrived, trace context included.
/// </summary>
internal sealed class RedeliveryErrorFilter(
    string queue, MessagingOptions options, IReadOnlySet<Type> conflictExceptions, TimeProvider time, ILogger<RedeliveryErrorFilter> log)
    : IFilter<ExceptionReceiveContext>
{
    public async Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next)
    {
        if (!context.IsFaulted)
        {
            await context.NotifyFaulted(context.Exception);
        }

        // The span of the delivery: its attempts have failed, although MassTransit completes it.
        Activity.Current?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", context.Exception.GetType().FullName);
        var redeliveryCount = context.GetRedeliveryCount();
        if (redeliveryCount < options.MaxRedeliveries && context.Classify(conflictExceptions) is not FaultKind.Permanent)
        {
            await ScheduleRedeliveryAsync(context, redeliveryCount);
        }
        else
        {
            var cause = context.Exception.GetBaseException();
            await context.MoveToErrorQueueAsync(queue, cause.GetType().FullName!, cause.Message, time.GetUtcNow());
            log.MessageMovedToErrorQueue(queue, context.CopyProperties().MessageId, context.Exception);
        }

        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("redelivery");

    // Returns when the broker has confirmed the message in the redelivery queue. When this method throws, the message is still in its
    // queue.
    private async Task ScheduleRedeliveryAsync(ExceptionReceiveContext context, int redeliveryCount)
    {
        var (redeliveryQueue, delay) = QueueTopology.RedeliveryQueueFor(redeliveryCount);
        var channel = context.GetPayload<ChannelContext>();
        await channel.ExchangeDeclare(
            redeliveryQueue, ExchangeType.Fanout, durable: true, autoDelete: false, null, context.CancellationToken);
        await channel.QueueDeclare(
            redeliveryQueue,
            durable: true,
            exclusive: false,
            autoDelete: false,
            QueueTopology.RedeliveryQueueArguments(delay),
            context.CancellationToken);
        await channel.QueueBind(redeliveryQueue, redeliveryQueue, "", null, context.CancellationToken);

        var properties = context.CopyProperties();
        properties.Headers![MessageHeaders.RedeliveryCount] = redeliveryCount + 1;
        await channel.BasicPublishAsync(
            redeliveryQueue, queue, mandatory: true, properties, context.GetBody(), awaitAck: true, context.CancellationToken);
        log.RedeliveryScheduled(queue, properties.MessageId, delay, redeliveryCount + 1, context.Exception);
    }
}

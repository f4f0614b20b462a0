using MassTransit;
using Microsoft.Extensions.Logging;

namespace Shop.Messaging.MassTransit;

/// <summary>Moves a message to the error queue when its type has no handler.</summary>
/// <remarks>
/// MassTransit's default is an exception that returns the message to the broker, which would deliver it again at once, up to the delivery
/// limit.
/// </remarks>
internal sealed class SkippedMessageFilter(string queue, TimeProvider time, ILogger<SkippedMessageFilter> log) : IFilter<ReceiveContext>
{
    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        await context.MoveToErrorQueueAsync(
            queue, typeof(MessageNotConsumedException).FullName!, "No handler for messages of this type.", time.GetUtcNow());
        log.SkippedMessageMovedToErrorQueue(queue, context.CopyProperties().MessageId);
        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("skippedMessage");
}

using MassTransit;

namespace Shop.Messaging.MassTransit;

/// <summary>
/// Runs when a message was deserialized and before its handler is created: records the fact for <see cref="MassTransitFaultClassifier"/>,
/// and waits for the partition of the message.
/// </summary>
internal sealed class DeserializedMessageFilter<TMessage>(HandlerPartitions partitions, Func<TMessage, Guid>? partitionKey)
    : IFilter<ConsumeContext<TMessage>> where TMessage : class
{
    public async Task Send(ConsumeContext<TMessage> context, IPipe<ConsumeContext<TMessage>> next)
    {
        context.ReceiveContext.SetDeserialized();
        using var partition = partitionKey is null
            ? null
            : await partitions.EnterAsync(partitionKey(context.Message), context.CancellationToken);
        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("deserializedMessage");
}

using MassTransit;
using Microsoft.Extensions.Options;

namespace Shop.Messaging.MassTransit;

/// <summary>Calls a handler for each message that MassTransit delivers, with a timeout.</summary>
internal sealed class MessageHandlerConsumer<TMessage, THandler>(
    THandler handler, IOptions<MessagingOptions> options, TimeProvider time, MessagingMetrics metrics) : IConsumer<TMessage>
    where TMessage : class
    where THandler : class, IMessageHandler<TMessage>
{
    public async Task Consume(ConsumeContext<TMessage> context)
    {
        var start = time.GetTimestamp();
        Exception? failure = null;
        try
        {
            await HandleAsync(context);
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            metrics.RecordProcess(context.ReceiveContext.GetDestination(), time.GetElapsedTime(start), failure);
        }
    }

    private async Task HandleAsync(ConsumeContext<TMessage> context)
    {
        using var limit = new CancellationTokenSource(options.Value.HandlerTimeout, time);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, limit.Token);
        try
        {
            await handler.HandleAsync(
                context.Message, new MessageContext(context.MessageId, context.ReceiveContext.GetRedeliveryCount()), timeout.Token);
        }
        // gRPC clients report a canceled call as RpcException, others wrap the cancellation: what counts is that the timeout has passed.
        catch (Exception) when (limit.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
        {
            // Without an inner exception: MassTransit would replace one whose base is a cancellation by its own, and hide this message.
            throw new HandlerTimeoutException(
                $"{typeof(THandler).Name} did not handle {typeof(TMessage).Name} {context.MessageId} "
                + $"within {options.Value.HandlerTimeout}.");
        }
    }
}

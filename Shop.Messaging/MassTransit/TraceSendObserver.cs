using MassTransit;

namespace Shop.Messaging.MassTransit;

/// <summary>Writes the trace context into the headers of every message that is sent or published.</summary>
internal sealed class TraceSendObserver : ISendObserver, IPublishObserver
{
    public Task PreSend<T>(SendContext<T> context) where T : class => Inject(context);

    public Task PostSend<T>(SendContext<T> context) where T : class => Task.CompletedTask;

    public Task SendFault<T>(SendContext<T> context, Exception exception) where T : class => Task.CompletedTask;

    public Task PrePublish<T>(PublishContext<T> context) where T : class => Inject(context);

    public Task PostPublish<T>(PublishContext<T> context) where T : class => Task.CompletedTask;

    public Task PublishFault<T>(PublishContext<T> context, Exception exception) where T : class => Task.CompletedTask;

    private static Task Inject(SendContext context)
    {
        MessageTracePropagation.Inject(context.Headers);
        return Task.CompletedTask;
    }
}

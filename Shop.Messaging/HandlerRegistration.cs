using Microsoft.Extensions.DependencyInjection;

namespace Shop.Messaging;

/// <summary>A message type and its handler.</summary>
internal abstract class HandlerRegistration(Type messageType)
{
    public Type MessageType => messageType;

    public abstract void AddTo(IServiceCollection services);

    /// <summary>Calls the transport with the static types of this registration.</summary>
    public abstract void AddTo(IHandlerTransport transport);
}

internal sealed class HandlerRegistration<TMessage, THandler>(Func<TMessage, Guid>? partitionKey) : HandlerRegistration(typeof(TMessage))
    where TMessage : class
    where THandler : class, IMessageHandler<TMessage>
{
    public override void AddTo(IServiceCollection services) => services.AddScoped<THandler>();

    public override void AddTo(IHandlerTransport transport) => transport.AddHandler<TMessage, THandler>(partitionKey);
}

internal sealed class BroadcastRegistration<TMessage, THandler>() : HandlerRegistration(typeof(TMessage))
    where TMessage : class
    where THandler : class, IMessageHandler<TMessage>
{
    public override void AddTo(IServiceCollection services) => services.AddScoped<THandler>();

    public override void AddTo(IHandlerTransport transport) => transport.AddBroadcastHandler<TMessage, THandler>();
}

/// <summary>The part of a transport adapter that receives messages.</summary>
internal interface IHandlerTransport
{
    void AddHandler<TMessage, THandler>(Func<TMessage, Guid>? partitionKey)
        where TMessage : class
        where THandler : class, IMessageHandler<TMessage>;

    void AddBroadcastHandler<TMessage, THandler>()
        where TMessage : class
        where THandler : class, IMessageHandler<TMessage>;
}

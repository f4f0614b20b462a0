namespace Shop.Messaging;

/// <summary>Registers the message handlers of a service.</summary>
public sealed class MessagingBuilder
{
    private readonly List<HandlerRegistration> _handlers = [];
    private readonly List<HandlerRegistration> _broadcastHandlers = [];
    private readonly HashSet<Type> _conflictExceptions = [];

    internal IReadOnlyList<HandlerRegistration> Handlers => _handlers;

    internal IReadOnlyList<HandlerRegistration> BroadcastHandlers => _broadcastHandlers;

    internal IReadOnlySet<Type> ConflictExceptions => _conflictExceptions;

    /// <summary>
    /// Adds the handler of a message type. Its queue is named after the service and the message type, such as
    /// <c>orders-checkout-submitted</c>.
    /// </summary>
    /// <typeparam name="TMessage">The type of the message.</typeparam>
    /// <typeparam name="THandler">The handler, created in a scope of its own for each message.</typeparam>
    /// <param name="partitionKey">
    /// When given, messages with the same key are handled one after the other in this process, since concurrent handlers of one order would
    /// only conflict. Replicas do not coordinate: a conflict between them is detected by the store and retried.
    /// </param>
    /// <exception cref="InvalidOperationException">A message type of this name has a handler already.</exception>
    public MessagingBuilder AddHandler<TMessage, THandler>(Func<TMessage, Guid>? partitionKey = null)
        where TMessage : class
        where THandler : class, IMessageHandler<TMessage>
    {
        // By name, as queues are: two types of the same name in different namespaces would share a queue.
        if (_handlers.Exists(handler => handler.MessageType.Name == typeof(TMessage).Name))
        {
            throw new InvalidOperationException($"{typeof(TMessage).Name} has a handler already.");
        }

        _handlers.Add(new HandlerRegistration<TMessage, THandler>(partitionKey));
        return this;
    }

    /// <summary>
    /// Adds the handler of a broadcast: a message that every process of the service gets, for example to correct a cache
    /// (<see cref="IMessagePublisher.BroadcastAsync"/>). The queue of a process ends with its connection. A process that is not connected
    /// misses the message, and a message whose handler fails is dropped after its retries, so the service must not depend on it alone.
    /// Processes with <see cref="MessagingOptions.HandlesMessages"/> = false get it too.
    /// </summary>
    /// <typeparam name="TMessage">The type of the message.</typeparam>
    /// <typeparam name="THandler">The handler, created in a scope of its own for each message.</typeparam>
    public MessagingBuilder AddBroadcastHandler<TMessage, THandler>()
        where TMessage : class
        where THandler : class, IMessageHandler<TMessage>
    {
        _broadcastHandlers.Add(new BroadcastRegistration<TMessage, THandler>());
        return this;
    }

    /// <summary>
    /// Retries a message immediately when its handler throws this exception, because a concurrent change is visible on the next attempt.
    /// </summary>
    /// <typeparam name="TException">The exact type of the exception.</typeparam>
    public MessagingBuilder RetryImmediately<TException>() where TException : Exception
    {
        _conflictExceptions.Add(typeof(TException));
        return this;
    }
}

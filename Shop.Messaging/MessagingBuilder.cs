using MassTransit;

namespace Shop.Messaging;

/// <summary>What a service tells messaging about itself.</summary>
public sealed class MessagingBuilder
{
    // More than messages are in hand at once, so that different keys rarely share a turn.
    private const int Turns = 128;

    private readonly List<Action<IBusRegistrationConfigurator>> _consumers = [];
    private readonly List<Func<IEndpointNameFormatter, string>> _queues = [];
    private readonly HashSet<Type> _conflicts = [];

    internal IReadOnlySet<Type> Conflicts => _conflicts;

    /// <summary>Consumes with <typeparamref name="TConsumer"/>, from a queue named after the service and the class.</summary>
    public MessagingBuilder Consume<TConsumer>() where TConsumer : class, IConsumer
    {
        _consumers.Add(bus => bus.AddConsumer<TConsumer>());
        _queues.Add(names => names.Consumer<TConsumer>());
        return this;
    }

    /// <summary>
    /// As above, one message after the other where they have the same key: deliveries of the same order would only get in each
    /// other's way. Replicas do not know of each other's turns; there a conflict is found by the store, and tried again.
    /// </summary>
    public MessagingBuilder ConsumeInTurn<TConsumer, TMessage>(Func<TMessage, Guid> key)
        where TConsumer : class, IConsumer<TMessage> where TMessage : class
    {
        _consumers.Add(bus => bus.AddConsumer<TConsumer>(consumer =>
            consumer.Message<TMessage>(message => message.UsePartitioner(Turns, context => key(context.Message)))));
        _queues.Add(names => names.Consumer<TConsumer>());
        return this;
    }

    /// <summary>Retries at once when a consumer throws this: somebody else was faster, and the next look shows what they did.</summary>
    public MessagingBuilder RetryImmediately<TException>() where TException : Exception
    {
        _conflicts.Add(typeof(TException));
        return this;
    }

    internal IReadOnlyList<string> QueuesBy(IEndpointNameFormatter names) => _queues.ConvertAll(name => name(names));

    internal void AddConsumersTo(IBusRegistrationConfigurator bus) => _consumers.ForEach(add => add(bus));
}

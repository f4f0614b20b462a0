using MassTransit;

namespace Shop.ServiceDefaults.Messaging;

/// <summary>What a service tells messaging about itself.</summary>
public sealed class MessagingBuilder
{
    private readonly List<Action<IBusRegistrationConfigurator>> _consumers = [];
    private readonly HashSet<Type> _conflicts = [];

    internal IReadOnlySet<Type> Conflicts => _conflicts;

    /// <summary>Consumes with <typeparamref name="TConsumer"/>, from a queue named after the service and the class.</summary>
    public MessagingBuilder Consume<TConsumer>() where TConsumer : class, IConsumer
    {
        _consumers.Add(bus => bus.AddConsumer<TConsumer>());
        return this;
    }

    /// <summary>Retries at once when a consumer throws this: somebody else was faster, and the next look shows what they did.</summary>
    public MessagingBuilder RetryAtOnce<TException>() where TException : Exception
    {
        _conflicts.Add(typeof(TException));
        return this;
    }

    internal void AddConsumersTo(IBusRegistrationConfigurator bus) => _consumers.ForEach(add => add(bus));
}

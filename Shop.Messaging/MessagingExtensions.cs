using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Shop.Messaging;
using Shop.Messaging.ErrorQueues;
using Shop.Messaging.MassTransit;
using Shop.Telemetry.Tracing;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds messaging to a service.</summary>
public static class MessagingExtensions
{
    /// <summary>
    /// Adds messaging over RabbitMQ (<c>ConnectionStrings:rabbitmq</c>): <see cref="IMessagePublisher"/>, the given handlers with retries,
    /// delayed redelivery and error queues, trace propagation, health checks and metrics. Journey events are published too.
    /// </summary>
    /// <param name="builder">The service.</param>
    /// <param name="subscribers">
    /// The names of all services that handle a message, by its type. A publisher declares their queues, so that it never depends on the
    /// order in which services are deployed.
    /// </param>
    /// <param name="configure">Registers the service's message handlers; none for a service that only publishes.</param>
    /// <exception cref="InvalidOperationException">
    /// The handlers of the service differ from its entries in <paramref name="subscribers"/>.
    /// </exception>
    public static IHostApplicationBuilder AddMessaging(
        this IHostApplicationBuilder builder,
        IReadOnlyDictionary<Type, IReadOnlyList<string>> subscribers,
        Action<MessagingBuilder>? configure = null)
    {
        var messaging = new MessagingBuilder();
        configure?.Invoke(messaging);
        var service = builder.Environment.GetServiceName();
        ThrowIfHandlersDiffer(service, subscribers, messaging);

        builder.AddJourneyEventPublishing();
        builder.Services.AddOptionsWithValidateOnStart<MessagingOptions, MessagingOptionsValidator>()
            .BindConfiguration(MessagingOptions.Section);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<MessagingMetrics>();
        builder.Services.MapToServiceUnavailable<BrokerUnavailableException>();
        foreach (var handler in messaging.Handlers.Concat(messaging.BroadcastHandlers))
        {
            handler.AddTo(builder.Services);
        }

        builder.AddMassTransitTransport(service, subscribers, messaging);
        builder.AddErrorQueues(service, [.. messaging.Handlers.Select(handler => QueueTopology.QueueFor(service, handler.MessageType))]);
        return builder;
    }

    // A handler that is not listed misses what is published before its first start; a queue without a handler fills up.
    private static void ThrowIfHandlersDiffer(
        string service, IReadOnlyDictionary<Type, IReadOnlyList<string>> subscribers, MessagingBuilder messaging)
    {
        var listed = subscribers.Where(subscriber => subscriber.Value.Contains(service)).Select(subscriber => subscriber.Key).ToHashSet();
        foreach (var type in messaging.Handlers.Select(handler => handler.MessageType))
        {
            if (!listed.Remove(type))
            {
                throw new InvalidOperationException($"'{service}' handles {type.Name}, and is not in the list of its subscribers.");
            }
        }

        if (listed.Count > 0)
        {
            throw new InvalidOperationException($"'{service}' is a subscriber of {listed.First().Name}, and has no handler for it.");
        }
    }
}

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
    /// delayed redelivery and error queues, trace propagation, health checks and metrics.
    /// </summary>
    /// <param name="builder">The service.</param>
    /// <param name="configure">Registers the service's message handlers; none for a service that only publishes.</param>
    public static IHostApplicationBuilder AddMessaging(this IHostApplicationBuilder builder, Action<MessagingBuilder>? configure = null)
    {
        var messaging = new MessagingBuilder();
        configure?.Invoke(messaging);

        builder.Services.AddOptionsWithValidateOnStart<MessagingOptions, MessagingOptionsValidator>()
            .BindConfiguration(MessagingOptions.Section);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.MapToServiceUnavailable<BrokerUnavailableException>();
        foreach (var handler in messaging.Handlers)
        {
            handler.AddTo(builder.Services);
        }

        var service = builder.Environment.GetServiceName();
        builder.AddMassTransitTransport(service, messaging);
        builder.AddErrorQueues([.. messaging.Handlers.Select(handler => QueueTopology.QueueFor(service, handler.MessageType))]);
        return builder;
    }
}

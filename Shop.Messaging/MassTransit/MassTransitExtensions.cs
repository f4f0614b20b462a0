using System.Text.Json;
using System.Text.Json.Serialization;
using MassTransit;
using MassTransit.Logging;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Shop.Messaging.MassTransit;

/// <summary>The transport adapter. This folder is the only one that names MassTransit (docs/decisions).</summary>
internal static class MassTransitExtensions
{
    private static readonly TimeSpan _connectTimeout = TimeSpan.FromSeconds(5);

    // The messages that a process has got wait until the broker notices that it hangs: for two to three intervals. The broker's advice is 5
    // to 20 seconds (rabbitmq.com/docs/heartbeats).
    private static readonly TimeSpan _heartbeat = TimeSpan.FromSeconds(5);

    public static void AddMassTransitTransport(
        this IHostApplicationBuilder builder,
        string service,
        IReadOnlyDictionary<Type, IReadOnlyList<string>> subscribers,
        MessagingBuilder messaging)
    {
        builder.Services.AddScoped<IMessagePublisher, MassTransitPublisher>();
        builder.Services.AddSingleton<IMessageEnvelope, MassTransitEnvelope>();
        builder.Services.AddMessageTracePropagation();
        builder.Services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            var transport = new HandlerTransport(bus, service);
            if (builder.Configuration.GetValue($"{MessagingOptions.Section}:{nameof(MessagingOptions.HandlesMessages)}", true))
            {
                transport.Add(messaging.Handlers);
            }

            transport.Add(messaging.BroadcastHandlers);

            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.ConfigureConnection(context, service, BrokerAddress.From(builder.Configuration));
                rabbit.ConfigureMessages(context);
                rabbit.ConfigureSubscribers(subscribers);
                rabbit.ConfigureRetries(context.GetRequiredService<IOptions<MessagingOptions>>().Value, messaging.ConflictExceptions);
                rabbit.ConfigureEndpoints(context);
            });
            bus.AddConfigureEndpointsCallback((context, queue, endpoint) =>
                endpoint.ConfigureQueue(context, queue, messaging.ConflictExceptions));
        });
        builder.Services.ConfigureShutdown();

        builder.Services.AddSpanProcessor<MassTransitSpanProcessor>();
        // The instrumentation of RabbitMQ.Client stays off: it would record each hop a second time, without its parent. So does the meter
        // of MassTransit, whose counters of active work fall and whose durations are in milliseconds: MessagingMetrics takes its place.
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddSource(DiagnosticHeaders.DefaultListenerName));
    }

    private static void ConfigureConnection(
        this IRabbitMqBusFactoryConfigurator rabbit, IBusRegistrationContext context, string service, Uri address) =>
        rabbit.Host(address, host =>
        {
            host.ConnectionName(service);
            host.RequestedConnectionTimeout(_connectTimeout);
            host.Heartbeat(_heartbeat);
            host.PublisherConfirmation = true;
            var broker = ActivatorUtilities.CreateInstance<BrokerAvailability>(context, address);
            host.OnRefreshConnectionFactory = _ => broker.WaitAsync();
        });

    private static void ConfigureMessages(this IRabbitMqBusFactoryConfigurator rabbit, IBusRegistrationContext context)
    {
        rabbit.MessageTopology.SetEntityNameFormatter(new KebabCaseEntityNameFormatter());
        rabbit.ConfigureJsonSerializerOptions(json => json.UseConverters([.. context.GetServices<JsonConverter>()]));
        rabbit.PrefetchCount = context.GetRequiredService<IOptions<MessagingOptions>>().Value.Prefetch;
    }

    // Declared before the first publish of a message on each connection. The subscriber binds its queue as well, through an exchange of its
    // own; the broker puts one copy of a message into a queue, however many bindings lead there.
    private static void ConfigureSubscribers(
        this IRabbitMqBusFactoryConfigurator rabbit, IReadOnlyDictionary<Type, IReadOnlyList<string>> subscribers)
    {
        foreach (var (messageType, services) in subscribers)
        {
            rabbit.Publish(messageType, message =>
            {
                foreach (var queue in services.Select(service => QueueTopology.QueueFor(service, messageType)))
                {
                    message.BindQueue(KebabCase.From(messageType.Name), queue, binding =>
                    {
                        foreach (var (name, value) in QueueTopology.HandlerQueueArguments(queue))
                        {
                            binding.SetQueueArgument(name, value);
                        }
                    });
                }
            });
        }
    }

    // MassTransit has one set of options for the process, so a second bus in it (as tests start them) replaces the converters of the first.
    private static JsonSerializerOptions UseConverters(this JsonSerializerOptions json, IReadOnlyList<JsonConverter> converters)
    {
        foreach (var previous in json.Converters.OfType<MessageJsonConverter>().ToList())
        {
            json.Converters.Remove(previous);
        }

        json.Converters.Insert(0, new MessageJsonConverter(converters));
        return json;
    }

    private static void ConfigureRetries(
        this IRabbitMqBusFactoryConfigurator rabbit, MessagingOptions options, IReadOnlySet<Type> conflictExceptions)
    {
        // MassTransit rejects a retry policy with a limit of 0.
        if (options.TransientRetries > 0)
        {
            rabbit.UseMessageRetry(retry => retry.On([FaultKind.Conflict, FaultKind.Transient], conflictExceptions)
                .Exponential(options.TransientRetries, options.InitialRetryDelay, options.MaxRetryDelay, options.InitialRetryDelay));
        }

        if (options.ConflictRetries > 0)
        {
            rabbit.UseMessageRetry(retry => retry.On([FaultKind.Conflict], conflictExceptions).Immediate(options.ConflictRetries));
        }
    }

    private static IRetryConfigurator On(this IRetryConfigurator retry, FaultKind[] kinds, IReadOnlySet<Type> conflictExceptions)
    {
        retry.Handle<Exception>(exception => kinds.Contains(MassTransitFaultClassifier.Classify(exception, conflictExceptions)));
        return retry;
    }

    private static void ConfigureQueue(
        this IReceiveEndpointConfigurator endpoint, IRegistrationContext context, string queue, IReadOnlySet<Type> conflictExceptions)
    {
        if (QueueTopology.IsBroadcastQueue(queue))
        {
            endpoint.ConfigureBroadcastQueue();
            return;
        }

        foreach (var (name, value) in QueueTopology.HandlerQueueArguments(queue))
        {
            (endpoint as IRabbitMqReceiveEndpointConfigurator)?.SetQueueArgument(name, value);
        }

        // Failed messages are kept in the error queue; nothing subscribes to Fault<T>.
        endpoint.PublishFaults = false;
        endpoint.ConfigureDeadLetter(skipped => skipped.UseFilter(ActivatorUtilities.CreateInstance<SkippedMessageFilter>(context, queue)));
        endpoint.ConfigureError(errors => errors.UseFilter(ActivatorUtilities.CreateInstance<RedeliveryErrorFilter>(
            context, queue, context.GetRequiredService<IOptions<MessagingOptions>>().Value, conflictExceptions)));
    }

    // Exclusive: RabbitMQ 4.3 refuses temporary queues of any other kind (deprecated feature transient_nonexcl_queues).
    private static void ConfigureBroadcastQueue(this IReceiveEndpointConfigurator endpoint)
    {
        (endpoint as IRabbitMqReceiveEndpointConfigurator)?.Exclusive = true;
        endpoint.PublishFaults = false;
        endpoint.DiscardFaultedMessages();
        endpoint.DiscardSkippedMessages();
    }

    // The service starts without its broker: /health reports unhealthy until the first connection, and degraded when it is lost later. On
    // shutdown handlers finish the messages they have; messages not finished in time return to their queue.
    private static void ConfigureShutdown(this IServiceCollection services) => services.Configure<MassTransitHostOptions>(host =>
    {
        host.WaitUntilStarted = false;
        host.ConsumerStopTimeout = TimeSpan.FromSeconds(3);
        host.StopTimeout = TimeSpan.FromSeconds(4);
    });

    private sealed class HandlerTransport(IBusRegistrationConfigurator bus, string service) : IHandlerTransport
    {
        public void Add(IEnumerable<HandlerRegistration> handlers)
        {
            foreach (var handler in handlers)
            {
                handler.AddTo(this);
            }
        }

        public void AddBroadcastHandler<TMessage, THandler>()
            where TMessage : class
            where THandler : class, IMessageHandler<TMessage> =>
            bus.AddConsumer<MessageHandlerConsumer<TMessage, THandler>>().Endpoint(endpoint =>
            {
                endpoint.Name = QueueTopology.BroadcastQueueFor(service, typeof(TMessage));
                endpoint.Temporary = true;
            });

        public void AddHandler<TMessage, THandler>(Func<TMessage, Guid>? partitionKey)
            where TMessage : class
            where THandler : class, IMessageHandler<TMessage> =>
            bus.AddConsumer<MessageHandlerConsumer<TMessage, THandler>>((context, consumer) =>
            {
                var partitions = new HandlerPartitions(
                    context.GetRequiredService<IOptions<MessagingOptions>>().Value.HandlerTimeout,
                    context.GetRequiredService<TimeProvider>());
                consumer.Message<TMessage>(message => message.UseFilter(
                    new DeserializedMessageFilter<TMessage>(partitions, partitionKey)));
            }).Endpoint(endpoint => endpoint.Name = QueueTopology.QueueFor(service, typeof(TMessage)));
    }
}

using System.Text.Json;
using MassTransit;
using MassTransit.Logging;
using MassTransit.Monitoring;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.Data.PersonalData;
using Shop.Messaging;
using Shop.Messaging.ErrorQueues;

namespace Microsoft.Extensions.Hosting;

public static class MessagingExtensions
{
    /// <summary>
    /// Messages over RabbitMQ (<c>ConnectionStrings:rabbitmq</c>), asked for by the services that have some. Everything that the
    /// shop has agreed on for them is in this room; services write consumers and call <see cref="Publisher"/>.
    /// </summary>
    public static IHostApplicationBuilder AddMessaging(this IHostApplicationBuilder builder, Action<MessagingBuilder>? configure = null)
    {
        var service = builder.Environment.ApplicationName.Split('.')[^1].ToLowerInvariant();
        var messaging = new MessagingBuilder();
        configure?.Invoke(messaging);

        builder.Services.AddOptions<MessagingOptions>().BindConfiguration(MessagingOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<MessagingOptions>, MessagingOptionsValidator>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddScoped<Publisher>();
        builder.Services.AddMessageTracePropagation();

        builder.Services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.SetEndpointNameFormatter(KebabCaseEntityNameFormatter.QueuesOf(service));
            messaging.AddConsumersTo(bus);
            bus.UsingRabbitMq((context, rabbit) =>
            {
                var options = context.GetRequiredService<IOptions<MessagingOptions>>().Value;
                rabbit.Host(BrokerAddress(builder.Configuration), host =>
                {
                    host.ConnectionName(service);
                    host.RequestedConnectionTimeout(TimeSpan.FromSeconds(5));
                    host.Heartbeat(TimeSpan.FromSeconds(10));
                    host.PublisherConfirmation = true;
                    var door = ActivatorUtilities.CreateInstance<BrokerAvailability>(context, BrokerAddress(builder.Configuration));
                    host.OnRefreshConnectionFactory = _ => door.WaitAsync();
                });
                rabbit.MessageTopology.SetEntityNameFormatter(new KebabCaseEntityNameFormatter());
                rabbit.ConfigureJsonSerializerOptions(json => json.Sealing(context.GetService<PersonalDataProtector>()));
                rabbit.PrefetchCount = options.Prefetch;
                // None is not a number of retries that MassTransit can count to.
                if (options.TransientRetries > 0)
                    rabbit.UseMessageRetry(retry => retry.Transient(options, messaging.Conflicts));
                if (options.ConflictRetries > 0)
                    rabbit.UseMessageRetry(retry => retry.Conflicts(options, messaging.Conflicts));
                rabbit.UseTimeout(timeout => timeout.Timeout = options.ConsumeTimeout);
                rabbit.ConfigureEndpoints(context);
            });
            bus.AddConfigureEndpointsCallback((context, queue, endpoint) =>
            {
                foreach (var (name, value) in Queues.ConsumerArguments(queue))
                    (endpoint as IRabbitMqReceiveEndpointConfigurator)?.SetQueueArgument(name, value);

                // A message that failed for good is kept as it came, and told about in one place; nobody listens to Fault<T> besides.
                endpoint.PublishFaults = false;
                endpoint.ConfigureDeadLetter(unknown => unknown.UseFilter(ActivatorUtilities.CreateInstance<SkippedMessageFilter>(context, queue)));
                endpoint.ConfigureError(errors => errors.UseFilter(new RedeliveryErrorFilter(
                    queue, context.GetRequiredService<IOptions<MessagingOptions>>().Value, messaging.Conflicts, context.GetRequiredService<ILogger<RedeliveryErrorFilter>>())));
            });
        });
        builder.AddErrorQueues(messaging.QueuesBy(KebabCaseEntityNameFormatter.QueuesOf(service)));

        // The service starts without its broker; /health says unready until the first connection, and degraded when it is lost later.
        // On the way out consumers finish what they have in hand; what they do not finish in time goes back to its queue.
        builder.Services.Configure<MassTransitHostOptions>(host =>
        {
            host.WaitUntilStarted = false;
            host.ConsumerStopTimeout = TimeSpan.FromSeconds(3);
            host.StopTimeout = TimeSpan.FromSeconds(4);
        });

        // The only messaging source: RabbitMQ.Client's own would tell each hop a second time, without its parent.
        builder.Services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.AddSource(DiagnosticHeaders.DefaultListenerName))
            .WithMetrics(metrics => metrics.AddMeter(InstrumentationOptions.MeterName));

        return builder;
    }

    internal static Uri BrokerAddress(IConfiguration configuration) =>
        configuration.GetConnectionString("rabbitmq") is { Length: > 0 } address
            ? new Uri(address)
            : throw new InvalidOperationException("ConnectionStrings:rabbitmq is missing; it looks like amqp://user:password@host:5672.");

    private static void Transient(this IRetryConfigurator retry, MessagingOptions options, IReadOnlySet<Type> conflicts) => retry
        .AlsoHandle(exception => Faults.Classify(exception, conflicts) is FaultKind.Conflict or FaultKind.Transient)
        .Exponential(options.TransientRetries, options.InitialRetryDelay, options.MaxRetryDelay, options.InitialRetryDelay);

    private static void Conflicts(this IRetryConfigurator retry, MessagingOptions options, IReadOnlySet<Type> conflicts) => retry
        .AlsoHandle(exception => Faults.Classify(exception, conflicts) is FaultKind.Conflict)
        .Immediate(options.ConflictRetries);

    // MassTransit has one set of these for a process; whoever comes last in it (tests start several) replaces what was before.
    private static JsonSerializerOptions Sealing(this JsonSerializerOptions json, PersonalDataProtector? cipher)
    {
        foreach (var before in json.Converters.OfType<EncryptingJsonConverter>().ToList())
            json.Converters.Remove(before);
        json.Converters.Insert(0, new EncryptingJsonConverter(cipher));
        return json;
    }

    // Handle<Exception>(filter) returns nothing; this lets the two policies above read as one sentence each.
    private static IRetryConfigurator AlsoHandle(this IRetryConfigurator retry, Func<Exception, bool> filter)
    {
        retry.Handle(filter);
        return retry;
    }
}

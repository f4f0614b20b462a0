using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Messaging;
using Shop.Messaging.JourneyEvents;
using Shop.Telemetry.Events;
using Shop.Telemetry.Tracing;

namespace Microsoft.Extensions.Hosting;

/// <summary>Extends the host builder with the publishing of journey events.</summary>
public static class JourneyEventPublishingExtensions
{
    private const string ServiceName = "service.name";
    private const string ServiceInstanceId = "service.instance.id";

    /// <summary>
    /// Publishes every journey event of the service to the exchange <see cref="JourneyEventExchange"/> of RabbitMQ
    /// (<c>ConnectionStrings:rabbitmq</c>). <c>AddMessaging</c> includes it; a service without messages calls it alone.
    /// </summary>
    /// <param name="builder">The service, after <c>AddServiceDefaults()</c>.</param>
    public static void AddJourneyEventPublishing(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Services.Any(service => service.ServiceType == typeof(IJourneyEventExporter)))
        {
            return;
        }

        builder.Services.AddOptionsWithValidateOnStart<JourneyEventOptions, JourneyEventOptionsValidator>()
            .BindConfiguration(JourneyEventOptions.Section);
        builder.Services.AddOptionsWithValidateOnStart<MessagingOptions, MessagingOptionsValidator>()
            .BindConfiguration(MessagingOptions.Section);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<JourneyEventMetrics>();
        builder.Services.AddSingleton(CreateSerializer);
        builder.Services.AddSingleton<JourneyEventQueue>();
        builder.Services.AddSingleton<JourneyEventSpill>();
        builder.Services.AddSingleton<JourneyEventBacklog>();
        builder.Services.AddSingleton<IJourneyEventExporter, JourneyEventExporter>();
        builder.Services.AddSingleton<IJourneyEventTransport, RabbitMqJourneyEventTransport>();
        builder.Services.AddHostedService<JourneyEventPublisher>();
    }

    // Without telemetry (OTEL_SDK_DISABLED) there is no resource.
    private static JourneyEventSerializer CreateSerializer(IServiceProvider services)
    {
        var resource = services.GetRequiredService<TracerProvider>().GetResource().Attributes
            .ToDictionary(attribute => attribute.Key, attribute => attribute.Value.ToString()!);
        return new(
            resource.GetValueOrDefault(ServiceName) ?? services.GetRequiredService<IHostEnvironment>().GetServiceName(),
            resource.GetValueOrDefault(ServiceInstanceId) ?? Guid.NewGuid().ToString(),
            services.GetRequiredService<TimeProvider>());
    }
}

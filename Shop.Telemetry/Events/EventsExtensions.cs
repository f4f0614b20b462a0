using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Shop.Telemetry.Events;
using Shop.Telemetry.Sampling.CriticalRoutes;

namespace Microsoft.Extensions.Hosting;

/// <summary>Extends the host builder with journey events.</summary>
public static class EventsExtensions
{
    /// <summary>Adds a listener, as a singleton, to the journey events that this service emits.</summary>
    /// <typeparam name="TListener">The listener, usually a class with the metrics of the service.</typeparam>
    /// <param name="builder">The host builder.</param>
    public static void AddJourneyEventListener<TListener>(this IHostApplicationBuilder builder)
        where TListener : class, IJourneyEventListener
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<TListener>();
        builder.Services.AddSingleton<IJourneyEventListener>(services => services.GetRequiredService<TListener>());
    }

    /// <summary>
    /// Adds a listener, as a singleton, to the journey events of one type. A listener of several types is added once for each.
    /// </summary>
    /// <typeparam name="TEvent">The type of the events. A base type has the events of all types that are derived from it.</typeparam>
    /// <typeparam name="TListener">The listener.</typeparam>
    /// <param name="builder">The host builder.</param>
    public static void AddJourneyEventListener<TEvent, TListener>(this IHostApplicationBuilder builder)
        where TEvent : JourneyEvent
        where TListener : class, IJourneyEventListener<TEvent>
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddSingleton<TListener>();
        builder.Services.AddSingleton<IJourneyEventListener>(services =>
            new TypedListener<TEvent>(services.GetRequiredService<TListener>()));
    }

    /// <summary>Adds <see cref="JourneyEvents"/>.</summary>
    internal static void AddJourneyEvents(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton(services => new JourneyEvents(
            services.GetRequiredService<ILoggerFactory>(),
            // For people who read the text of the console. Elsewhere the record has the values beside the message.
            hasValuesInMessage: builder.Environment.IsDevelopment(),
            services.GetRequiredService<IHttpContextAccessor>(),
            services.GetRequiredService<CriticalRouteMatcher>(),
            services.GetService<IJourneyEventExporter>(),
            services.GetServices<IJourneyEventListener>()));
    }

    private sealed class TypedListener<TEvent>(IJourneyEventListener<TEvent> listener) : IJourneyEventListener where TEvent : JourneyEvent
    {
        public void OnEvent(JourneyEvent journeyEvent)
        {
            if (journeyEvent is TEvent typed)
            {
                listener.OnEvent(typed);
            }
        }
    }
}

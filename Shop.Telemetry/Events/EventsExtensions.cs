using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
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

    /// <summary>Adds <see cref="JourneyEvents"/>.</summary>
    internal static void AddJourneyEvents(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton(services => new JourneyEvents(
            services.GetRequiredService<ILoggerFactory>(),
            services.GetRequiredService<IHttpContextAccessor>(),
            services.GetRequiredService<CriticalRouteMatcher>(),
            services.GetServices<IJourneyEventListener>()));
    }
}

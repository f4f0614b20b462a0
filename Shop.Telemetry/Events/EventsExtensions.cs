using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.Telemetry.Events;
using Shop.Telemetry.Sampling.CriticalRoutes;

namespace Microsoft.Extensions.Hosting;

public static class EventsExtensions
{
    /// <summary>Counts the journey events of this service with <typeparamref name="TMetrics"/>.</summary>
    public static void AddJourneyEventListener<TMetrics>(this IHostApplicationBuilder builder) where TMetrics : class, IJourneyEventListener =>
        builder.Services.AddSingleton<IJourneyEventListener, TMetrics>();

    /// <summary>Lets services tell what happens on a visitor's journey.</summary>
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

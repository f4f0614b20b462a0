using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.ServiceDefaults.Events;
using Shop.ServiceDefaults.KeyNodes;

namespace Microsoft.Extensions.Hosting;

public static class EventsExtensions
{
    /// <summary>Counts the journey events of this service with <typeparamref name="TMetrics"/>.</summary>
    public static void AddJourneyMetrics<TMetrics>(this IHostApplicationBuilder builder) where TMetrics : class, IJourneyListener =>
        builder.Services.AddSingleton<IJourneyListener, TMetrics>();

    /// <summary>Lets services tell what happens on a visitor's journey.</summary>
    internal static void AddJourneyEvents(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton(services => new JourneyEvents(
            services.GetRequiredService<ILoggerFactory>(),
            services.GetRequiredService<IHttpContextAccessor>(),
            services.GetRequiredService<KeyNodeRules>(),
            services.GetServices<IJourneyListener>()));
    }
}

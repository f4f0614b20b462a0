using Microsoft.Extensions.Diagnostics.HealthChecks;
using Shop.Insights.Data;

namespace Shop.Insights.Events;

/// <summary>Stores the journey events of all services.</summary>
internal static class EventExtensions
{
    public static void AddEvents(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<EventOptions, EventOptionsValidator>().BindConfiguration(EventOptions.Section);
        builder.Services.AddSingleton<EventMetrics>();
        builder.Services.AddSingleton<EventPartitions>();
        builder.Services.AddSingleton<EventStore>();
        builder.Services.AddSingleton<EventConsumer>();
        builder.Services.AddSingleton<EventFreshness>();
        builder.Services.AddSingleton(services => new RetainedTable(
            services.GetRequiredService<EventPartitions>(), services.GetRequiredService<EventStore>().GetFirstDay));
        builder.Services.AddHostedService(services => services.GetRequiredService<EventConsumer>());
        builder.Services.AddHealthChecks().AddCheck<EventConsumer>("journey_events", HealthStatus.Degraded);
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Shop.ServiceDefaults.Events;

internal static class EventsExtensions
{
    /// <summary>Lets services tell what happens on a visitor's journey.</summary>
    public static void AddJourneyEvents(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton<JourneyEvents>();
    }
}

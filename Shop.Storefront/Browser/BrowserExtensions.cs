using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Shop.Storefront.Browser;

/// <summary>Adds page views and the events that browsers report.</summary>
internal static class BrowserExtensions
{
    public static void AddBrowserEvents(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        // The spans of a source with this name are exported.
        builder.Services.AddSingleton(new ActivitySource(builder.Environment.ApplicationName));
        builder.Services.AddSingleton<PageTokenProtector>();
        builder.Services.AddSingleton<BeaconReader>();
        builder.Services.AddSingleton<BeaconReplayFilter>();
    }

    public static void MapBrowserEvents(this WebApplication app) => app.MapBeacons();
}

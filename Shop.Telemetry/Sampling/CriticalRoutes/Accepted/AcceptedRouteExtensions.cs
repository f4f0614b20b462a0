using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Shop.Telemetry.Sampling.CriticalRoutes.Accepted;

/// <summary>Adds the critical routes that people have accepted to those of the service.</summary>
internal static class AcceptedRouteExtensions
{
    /// <summary>Requests the accepted routes periodically, if <see cref="AcceptedRouteOptions.Endpoint"/> is set.</summary>
    public static void AddAcceptedRoutes(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<AcceptedRouteOptions, AcceptedRouteOptionsValidator>()
            .BindConfiguration(AcceptedRouteOptions.Section);
        if (string.IsNullOrEmpty(builder.Configuration[$"{AcceptedRouteOptions.Section}:{nameof(AcceptedRouteOptions.Endpoint)}"]))
        {
            return;
        }

        var routes = new AcceptedRouteConfiguration();
        builder.Configuration.Add(routes);
        builder.Services.AddSingleton(routes);
        builder.Services.AddSingleton<AcceptedRouteMetrics>();
        builder.Services.AddHostedService<AcceptedRouteWorker>();
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(AcceptedRouteMetrics.MeterName));
    }
}

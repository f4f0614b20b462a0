using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;

namespace Shop.ServiceDefaults.Metrics;

internal static class MetricsExtensions
{
    /// <summary>Requests, outgoing calls, the runtime, and the service's own meter, named as its assembly.</summary>
    public static void AddMetrics(this IHostApplicationBuilder builder) => builder.Services
        .AddOpenTelemetry()
        .WithMetrics(metrics => metrics
            .AddMeter(builder.Environment.ApplicationName)
            .AddAspNetCoreInstrumentation()
            .AddHttpClientInstrumentation()
            .AddRuntimeInstrumentation());
}

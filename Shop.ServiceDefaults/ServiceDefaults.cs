using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using Shop.ServiceDefaults.Health;
using Shop.ServiceDefaults.Logging;
using Shop.ServiceDefaults.Metrics;
using Shop.ServiceDefaults.Resilience;
using Shop.ServiceDefaults.Tracing;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every service of the shop shares. Each line below is a room: a folder of the same name, with one door.</summary>
public static class ServiceDefaults
{
    /// <summary>Traces, metrics and logs; health; resilience and service discovery for all clients; one way to say no.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.AddTracing();
        builder.AddMetrics();
        builder.AddLogging();
        builder.AddHealth();
        builder.AddResilience();
        builder.AddProblems();

        builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddServiceIdentity(builder));

        // Telemetry leaves only when somebody wants it; the exporter batches in the background and never holds up a request.
        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            // A collector that hangs must not keep a service from stopping: traces, metrics and logs each wait this long for it (milliseconds).
            builder.Configuration["OTEL_EXPORTER_OTLP_TIMEOUT"] ??= "1000";
            builder.Services.AddOpenTelemetry().UseOtlpExporter();
        }

        // Orchestrators ask to stop and kill a little later, DCP after 6 s.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));

        return builder;
    }

    /// <summary>What every service answers: ProblemDetails for refusals and failures, and the two health probes.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.UseProblems();
        app.MapHealth();
        return app;
    }
}

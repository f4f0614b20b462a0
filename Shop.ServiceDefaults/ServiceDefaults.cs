using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Shop.ServiceDefaults.Edge;
using Shop.ServiceDefaults.ErrorQueues;
using Shop.ServiceDefaults.Export;
using Shop.ServiceDefaults.Health;
using Shop.ServiceDefaults.Http;
using Shop.ServiceDefaults.KeyNodes;
using Shop.ServiceDefaults.Logging;
using Shop.ServiceDefaults.LogSampling;
using Shop.ServiceDefaults.Management;
using Shop.ServiceDefaults.Metrics;
using Shop.ServiceDefaults.Resilience;
using Shop.ServiceDefaults.Sampling;
using Shop.ServiceDefaults.Tracing;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every service of the shop shares. Each line below is a room: a folder of the same name, with one door.</summary>
public static class ServiceDefaults
{
    /// <summary>Traces, metrics and logs; health; resilience and service discovery for all clients; one way to say no.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.AddEdge();
        builder.AddKeyNodes();
        builder.AddTracing();
        builder.AddSampling();
        builder.AddManagement();
        builder.AddMetrics();
        builder.AddLogging();
        builder.AddLogSampling();
        builder.AddJourneyEvents();
        builder.AddHealth();
        builder.AddResilience();
        builder.AddProblems();
        builder.AddLimits();
        builder.AddExport();
        builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddServiceIdentity(builder));

        // Orchestrators ask to stop and kill a little later, DCP after 6 s.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));

        return builder;
    }

    /// <summary>What every service answers: ProblemDetails for refusals and failures, and the two health probes.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.UseManagement();
        app.UseEdge();
        app.UseKeyNodes();
        app.UseSampling();
        app.UseRequestLog();
        app.UseProblems();
        app.UseLimits();
        app.UseUtf8();
        app.MapHealth();
        app.MapErrorQueues();
        return app;
    }
}

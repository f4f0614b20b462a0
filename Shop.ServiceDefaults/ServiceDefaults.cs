using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Shop.Messaging.ErrorQueues;
using Shop.ServiceDefaults.Health;
using Shop.ServiceDefaults.Resilience;
using Shop.Telemetry.Export;
using Shop.Telemetry.Logging;
using Shop.Telemetry.Metrics;
using Shop.Telemetry.Sampling;
using Shop.Telemetry.Sampling.CriticalRoutes;
using Shop.Telemetry.Sampling.Logs;
using Shop.Telemetry.Tracing;
using Shop.Web.Edge;
using Shop.Web.Http;
using Shop.Web.Management;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every service of the shop shares. Each line below is a room: a folder of the same name, with one door.</summary>
public static class ServiceDefaults
{
    /// <summary>Traces, metrics and logs; health; resilience and service discovery for all clients; one way to say no.</summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.AddEdge();
        builder.AddCriticalRoutes();
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
        builder.AddRequestLimits();
        builder.AddExport();
        builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddServiceIdentity(builder));

        // Orchestrators ask to stop and kill a little later, DCP after 6 s.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));

        return builder;
    }

    /// <summary>Adds the middleware that every service shares: journey ids, sampling, request logging, problem details and request limits.</summary>
    public static WebApplication UseServiceDefaults(this WebApplication app)
    {
        app.UseManagement();
        app.UseEdge();
        app.UseCriticalRoutes();
        app.UseSampling();
        app.UseRequestLogging();
        app.UseProblems();
        app.UseRequestLimits();
        app.RequireUtf8();
        return app;
    }

    /// <summary>Maps the health probes <c>/health</c> and <c>/alive</c>, and the operator endpoints under <c>/admin</c>.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealth();
        app.MapErrorQueues();
        return app;
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Shop.ServiceDefaults;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds the defaults that all services share.</summary>
public static class ServiceDefaultsExtensions
{
    // The property by which MapDefaultEndpoints knows that UseServiceDefaults was called.
    private const string MiddlewareAdded = "Shop.ServiceDefaults.MiddlewareAdded";

    // Orchestrators kill a process some seconds after they asked it to stop: DCP after 6 s. The last export of telemetry takes up to 1 s
    // more, and a console that does not read another second.
    private static readonly TimeSpan _shutdownTimeout = TimeSpan.FromSeconds(3.5);

    /// <summary>
    /// Adds telemetry, health checks, service discovery and resilience for HTTP and gRPC clients, problem details, request limits,
    /// authorization and the management endpoint. An endpoint that names no policy and is not anonymous is rejected.
    /// </summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        HealthProbe.ExitIfRequested();
        builder.AddTelemetry();
        builder.AddVisitorSessions();
        builder.AddAllowedHosts();
        builder.AddManagement();
        builder.AddHealth();
        builder.AddResilience();
        builder.AddProblems();
        builder.AddTrustedProxies();
        builder.AddRequestLimits();
        builder.AddAccessControl();
        builder.AddSimulatedFaults();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = _shutdownTimeout);
        return builder;
    }

    /// <summary>Adds the middleware that every service shares. Call it before any endpoint is mapped.</summary>
    public static WebApplication UseServiceDefaults(this WebApplication app)
    {
        app.UseTrustedProxies();
        app.UseRoutingWithHead();
        app.UseManagement();
        app.UseAllowedHosts();
        app.UseVisitorSessions();
        app.UseTelemetry();
        app.UseProblems();
        app.UseSimulatedFaults();
        app.UseRequestLimits();
        app.UseAccessControl();
        app.RequireUtf8();
        app.RequireIdentityEncoding();
        app.IgnoreEmptyQueryParameters();
        app.RejectRepeatedQueryParameters();
        ((IApplicationBuilder)app).Properties[MiddlewareAdded] = true;
        return app;
    }

    /// <summary>
    /// Maps the health probes <c>/health</c> and <c>/alive</c>, and on the management endpoint the operator endpoints under <c>/admin</c>.
    /// </summary>
    /// <exception cref="InvalidOperationException"><see cref="UseServiceDefaults"/> was not called.</exception>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        if (!((IApplicationBuilder)app).Properties.ContainsKey(MiddlewareAdded))
        {
            throw new InvalidOperationException($"Call {nameof(UseServiceDefaults)} before {nameof(MapDefaultEndpoints)}.");
        }

        app.MapHealth();
        app.MapManagement();
        return app;
    }
}

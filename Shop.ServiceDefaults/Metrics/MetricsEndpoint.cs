using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Shop.ServiceDefaults.Metrics;

/// <summary>
/// <c>/metrics</c> for Prometheus, on the Kestrel endpoint of the name <c>metrics</c> and nowhere else, and nothing else there. What
/// counts is where a connection was accepted: a Host header says whatever its sender likes.
/// </summary>
internal static class MetricsEndpoint
{
    private const string Name = "metrics";

    /// <summary>A service without such an endpoint is not scraped, and pays nothing for it.</summary>
    public static bool IsConfigured(IConfiguration configuration) => configuration.GetSection($"Kestrel:Endpoints:{Name}").Exists();

    public static void MarkConnections(IHostApplicationBuilder builder) => builder.Services.PostConfigure<KestrelServerOptions>(kestrel =>
        kestrel.ConfigurationLoader?.Endpoint(Name, endpoint => endpoint.ListenOptions.Use(next => connection =>
        {
            connection.Features.Set(Mark.Instance);
            return next(connection);
        })));

    public static void UseMetricsEndpoint(this WebApplication app)
    {
        if (IsConfigured(app.Configuration))
            app.MapWhen(static context => context.Features.Get<Mark>() is not null, static branch =>
            {
                branch.UseOpenTelemetryPrometheusScrapingEndpoint();
                branch.Run(static context =>
                {
                    context.Response.StatusCode = StatusCodes.Status404NotFound;
                    return Task.CompletedTask;
                });
            });
    }

    private sealed class Mark
    {
        public static Mark Instance { get; } = new();
    }
}

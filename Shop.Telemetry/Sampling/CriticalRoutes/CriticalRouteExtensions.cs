using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry.Instrumentation.AspNetCore;
using Shop.Telemetry.Http;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Sampling.CriticalRoutes;

internal static class CriticalRouteExtensions
{
    public static void AddCriticalRoutes(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<CriticalRouteOptions>().BindConfiguration(CriticalRouteOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<CriticalRouteOptions>, CriticalRouteOptionsValidator>();
        builder.Services.AddSingleton<CriticalRouteMatcher>();

        // A rule that asks for the status finds its node when the answer is known, and keeps it even so.
        builder.Services.AddOptions<AspNetCoreTraceInstrumentationOptions>().Configure<CriticalRouteMatcher>((tracing, nodes) =>
            tracing.EnrichWithHttpResponse = (request, response) =>
            {
                if (response.HttpContext.GetRouteTemplate() is { } route && nodes.OfRoute(route) is null && nodes.OfAnswer(route, response.StatusCode) is { } node)
                    request.SetTag(JourneyKeys.CriticalRoute, node).SetTag(SamplingAttributes.Reason, SamplingRule.CriticalRouteRule);
            });
    }

    /// <summary>From here on, all that this request causes, in this service and behind it, is known to be part of a key node.</summary>
    public static void UseCriticalRoutes(this WebApplication app)
    {
        var nodes = app.Services.GetRequiredService<CriticalRouteMatcher>();
        app.Use(next => context =>
        {
            if (context.GetRouteTemplate() is { } route && nodes.OfRoute(route) is { } node)
                JourneyContext.SetCriticalRoute(node);
            return next(context);
        });
    }
}

using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Shop.Telemetry.Events;
using Shop.Telemetry.Http;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Sampling;
using Shop.Telemetry.Sampling.CriticalRoutes;

namespace Shop.Telemetry.Logging;

/// <summary>
/// Logs each request when its response is complete: method, route, status code and duration. It replaces the four records of ASP.NET
/// Core, which have the raw path. A status code of 500 or more is logged as an error, which log sampling never drops.
/// </summary>
internal sealed class RequestLoggingMiddleware(
    RequestDelegate next, CriticalRouteMatcher criticalRoutes, TraceSampler sampler, ILogger<RequestLoggingMiddleware> log)
{
    private const string NoRoute = "(no route)";

    public async Task InvokeAsync(HttpContext context)
    {
        if (HealthPaths.IsProbe(context.Request.Path))
        {
            await next(context);
            return;
        }

        var startTime = Stopwatch.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            var duration = Stopwatch.GetElapsedTime(startTime);
            sampler.SampleByResponse(
                context.Features.Get<IHttpActivityFeature>()?.Activity,
                context.GetRouteTemplate(),
                context.Response.StatusCode,
                duration,
                context.RequestAborted.IsCancellationRequested);
            LogRequest(context, duration.TotalMilliseconds);
        }
    }

    private void LogRequest(HttpContext context, double elapsedMilliseconds)
    {
        var statusCode = context.Response.StatusCode;
        if (context.GetRouteTemplate() is { } route && criticalRoutes.MatchResponse(route, statusCode) is { } criticalRoute)
        {
            JourneyContext.SetCriticalRoute(criticalRoute);
        }

        if (statusCode >= 500)
        {
            log.RequestFailed(GetMethod(context.Request), RouteNormalizer.GetPath(context) ?? NoRoute, statusCode, elapsedMilliseconds);
        }
        else if (log.IsEnabled(LogLevel.Information))
        {
            log.RequestCompleted(GetMethod(context.Request), RouteNormalizer.GetPath(context) ?? NoRoute, statusCode, elapsedMilliseconds);
        }
    }

    // A caller can send any word as the method. Unknown methods are logged as _OTHER, as the semantic conventions for HTTP have it.
    private static string GetMethod(HttpRequest request) => request.Method switch
    {
        "GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "PATCH" or "OPTIONS" => request.Method,
        _ => "_OTHER",
    };
}

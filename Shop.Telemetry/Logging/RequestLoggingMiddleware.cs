using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shop.Telemetry.Events;
using Shop.Telemetry.Http;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Sampling.CriticalRoutes;

namespace Shop.Telemetry.Logging;

/// <summary>
/// One line for each request, when its answer is known: what was asked for, as a route, and how it went. It takes the place of
/// ASP.NET Core's own four lines, which hold the raw path. That of a 5xx is an error, and so is kept whatever is sampled.
/// </summary>
internal sealed class RequestLoggingMiddleware(RequestDelegate next, CriticalRouteMatcher nodes, ILogger<RequestLoggingMiddleware> log)
{
    private const string NoRoute = "(no route)";

    public async Task InvokeAsync(HttpContext context)
    {
        if (HealthPaths.IsProbe(context.Request.Path))
        {
            await next(context);
            return;
        }

        var since = Stopwatch.GetTimestamp();
        try
        {
            await next(context);
        }
        finally
        {
            Write(context, Stopwatch.GetElapsedTime(since).TotalMilliseconds);
        }
    }

    private void Write(HttpContext context, double milliseconds)
    {
        var status = context.Response.StatusCode;
        if (context.Route() is { } route && nodes.MatchResponse(route, status) is { } node)
            JourneyContext.SetCriticalRoute(node);

        if (status >= 500)
            log.RequestFailed(MethodOf(context.Request), RouteNormalizer.Of(context) ?? NoRoute, status, milliseconds);
        else if (log.IsEnabled(LogLevel.Information))
            log.RequestAnswered(MethodOf(context.Request), RouteNormalizer.Of(context) ?? NoRoute, status, milliseconds);
    }

    // A method may be any word that the caller likes; the known ones are enough to tell.
    private static string MethodOf(HttpRequest request) => request.Method switch
    {
        "GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "PATCH" or "OPTIONS" => request.Method,
        _ => "_OTHER",
    };
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shop.Telemetry.Events;
using Shop.Telemetry.Propagation;

namespace Shop.Telemetry.Jumps;

/// <summary>Emits a journey event for each redirect, and for each 401 of an API.</summary>
internal static class JumpExtensions
{
    private static readonly PathString _api = "/api";

    public static void AddJumps(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RouteFinder>();
        builder.AddJourneyEventListener<JumpMetrics>();
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(JumpMetrics.MeterName));
    }

    /// <summary>
    /// Adds the middleware that emits the events when a response starts: the browser may request the target before it ends. A response to
    /// another service emits no event: the edge emits it for the response to the visitor.
    /// </summary>
    public static void UseJumps(this WebApplication app)
    {
        var serviceKey = app.Services.GetRequiredService<ServiceKey>();
        var routes = app.Services.GetRequiredService<RouteFinder>();
        var events = app.Services.GetRequiredService<JourneyEvents>();
        // One for all requests.
        Func<object, Task> emit = state =>
        {
            var context = (HttpContext)state;
            if (CreateEvent(context, routes) is { } jump && !serviceKey.IsValid(context.Request))
            {
                events.Emit(jump);
            }

            return Task.CompletedTask;
        };
        app.Use(next => context =>
        {
            context.Response.OnStarting(emit, context);
            return next(context);
        });
    }

    private static JumpEvent? CreateEvent(HttpContext context, RouteFinder routes)
    {
        var (request, response) = (context.Request, context.Response);
        return response.StatusCode switch
        {
            StatusCodes.Status301MovedPermanently or StatusCodes.Status302Found or StatusCodes.Status303SeeOther
                or StatusCodes.Status307TemporaryRedirect or StatusCodes.Status308PermanentRedirect
                when response.Headers.Location is [{ Length: > 0 } location] =>
                new PageRedirected(GetReferrer(), GetRoute(), routes.Find(location, request.Host), response.StatusCode),
            StatusCodes.Status401Unauthorized when request.Path.StartsWithSegments(_api) =>
                new ApiUnauthorized(GetReferrer(), GetRoute(), response.StatusCode),
            _ => null,
        };

        string? GetReferrer() =>
            request.Headers.Referer is [{ Length: > 0 } referrer] ? routes.Find(referrer, request.Host) : null;

        string GetRoute() => RouteNormalizer.GetPath(context) ?? RouteFinder.Other;
    }
}

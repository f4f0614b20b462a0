using System.Collections.Frozen;
using System.Net.Mime;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;
using Shop.Web.Sessions;

namespace Shop.Storefront.Browser;

/// <summary>Emits an event for each page that a visitor gets: on the server, so that a view counts once, with or without script.</summary>
internal static class PageViews
{
    // Parts of a page that its script loads have this header.
    private const string RequestedWith = "X-Requested-With";

    // The pages where a visitor looks for something to buy. The pages of the order and those of another attempt to pay are not among them.
    private static readonly FrozenSet<string> _firstPages =
        FrozenSet.Create(StringComparer.Ordinal, "/", "/products", "/products/:sku");

    /// <summary>
    /// Adds the middleware that sets the page that the visitor came from, for all services behind this request, begins the next journey of
    /// a visitor who has ordered, and emits an event for each page that is sent to a visitor.
    /// </summary>
    public static void UsePageViews(this WebApplication app)
    {
        var events = app.Services.GetRequiredService<JourneyEvents>();
        var routes = app.Services.GetRequiredService<RouteFinder>();
        var time = app.Services.GetRequiredService<TimeProvider>();
        app.Use(async (context, next) =>
        {
            // A page that the browser loads in advance, and that the visitor may never see. It is requested again when it is opened.
            if (IsPrefetch(context.Request))
            {
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                context.Response.Headers.CacheControl = "no-store";
                return;
            }

            if (context.Request.Headers.Referer is [{ } referrer]
                && routes.Find(referrer, context.Request.Host) is var route and not (RouteFinder.External or RouteFinder.Other))
            {
                JourneyContext.SetPageFrom(route);
            }

            if (context.Features.Get<VisitorSession>() is { IsJourneyComplete: true } session
                && HttpMethods.IsGet(context.Request.Method)
                && _firstPages.Contains(routes.FindPath(context.Request.Path.Value ?? "/")))
            {
                session.StartNewJourney();
            }

            // Whether it is a page is known at the end of the request. What the services did for the page comes after the view.
            var requestedAt = time.GetUtcNow();
            await next(context);
            if (IsPage(context))
            {
                events.Emit(
                    new BrowserEvents.PageViewed(
                        context.Response.StatusCode, TrafficSource.Find(context), TrafficSource.GetDeviceType(context.Request)),
                    requestedAt);
            }
        });
    }

    // Older browsers and Safari send Purpose.
    private static bool IsPrefetch(HttpRequest request) =>
        request.Headers["Sec-Purpose"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase)
        || request.Headers["Purpose"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase);

    private static bool IsPage(HttpContext context) =>
        context.Response.ContentType?.StartsWith(MediaTypeNames.Text.Html, StringComparison.OrdinalIgnoreCase) == true
        && !HttpMethods.IsHead(context.Request.Method)
        && !context.Request.Headers.ContainsKey(RequestedWith)
        && context.Features.Get<VisitorSession>() is not null
        && !context.RequestAborted.IsCancellationRequested;
}

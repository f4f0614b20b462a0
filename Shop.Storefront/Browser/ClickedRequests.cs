using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;
using Shop.Web.Sessions;

namespace Shop.Storefront.Browser;

/// <summary>
/// Records the click that led to a request in the trace of the request, and links this trace to that of the page with the click. The script
/// of the page names the click in a cookie that lasts for seconds, because a browser sends no header with a link or a form.
/// </summary>
internal static class ClickedRequests
{
    /// <summary>
    /// The name of the cookie. Its value is the token of the page and, for an element that has an action, the id of the page, the number of
    /// the event and the action.
    /// </summary>
    public const string CookieName = "shop-click";

    private const char Separator = '.';

    /// <summary>Adds the middleware that reads the cookie. The request continues no trace: a visit would become a single one.</summary>
    public static void UseClickedRequests(this WebApplication app)
    {
        var reader = app.Services.GetRequiredService<BeaconReader>();
        var replays = app.Services.GetRequiredService<BeaconReplayFilter>();
        var tokens = app.Services.GetRequiredService<PageTokenProtector>();
        var source = app.Services.GetRequiredService<ActivitySource>();
        var events = app.Services.GetRequiredService<JourneyEvents>();
        app.Use((context, next) =>
        {
            if (context.Request.Cookies[CookieName] is { } cookie
                && IsNavigation(context.Request)
                && context.Features.Get<VisitorSession>() is { IsProven: true } session
                && cookie.Split(Separator) is [var token, .. var click]
                && tokens.Unprotect(token, session.SessionId) is { } page)
            {
                // A page that is not sampled is not in the backend.
                if (page.TraceFlags.HasFlag(ActivityTraceFlags.Recorded))
                {
                    context.Features.Get<IHttpActivityFeature>()?.Activity.AddLink(new(page));
                }

                if (Read(reader, context.Request, click) is var (id, number, clicked)
                    && replays.TryAccept(session.SessionId, id, number))
                {
                    using var span = source.StartActivity(BeaconEndpoint.SpanName);
                    events.Emit(clicked);
                }
            }

            return next(context);
        });
    }

    // Not a beacon or a file of the page that is about to be left.
    private static bool IsNavigation(HttpRequest request) => request.Headers["Sec-Fetch-Mode"] is ["navigate"];

    // The values are those of a beacon with one event, and are validated in the same way.
    private static (string Page, int Number, ShopEvent Event)? Read(BeaconReader reader, HttpRequest request, string[] click) =>
        click is [var page, var text, var action]
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && request.Headers.Referer is [{ } referrer]
        && Uri.TryCreate(referrer, UriKind.Absolute, out var address)
        && reader.TryRead(
            new(page, Token: null, address.AbsolutePath, [new(number, "click", Age: 0, action, Value: null, Target: null)]),
            out var events,
            out _)
            ? (page, number, events[0].Event)
            : null;
}

using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Metadata;
using Shop.Telemetry.Events;
using Shop.Web.Problems;
using Shop.Web.Sessions;

namespace Shop.Storefront.Browser;

/// <summary>Receives the events that pages report. Any client can send requests, so only the session of the cookie is trusted.</summary>
internal static class BeaconEndpoint
{
    /// <summary>The path of the endpoint.</summary>
    public const string Path = "/events";

    /// <summary>The name of the span that has events of a browser.</summary>
    public const string SpanName = "browser events";

    // The largest beacon of the script has 5 KiB.
    private const int MaxBodySize = 16 * 1024;

    public static void MapBeacons(this IEndpointRouteBuilder routes) =>
        routes.MapPost(Path, Receive).AllowAnonymous().WithMetadata(new SizeLimit()).ExcludeFromDescription();

    private static Results<NoContent, ValidationProblem, ProblemHttpResult> Receive(
        HttpContext context,
        Beacon beacon,
        BeaconReader reader,
        BeaconReplayFilter replays,
        PageTokenProtector tokens,
        ActivitySource source,
        JourneyEvents journey)
    {
        // A beacon has no antiforgery token. Headers of the browser name the site that sent it.
        if (!IsSameOrigin(context.Request))
        {
            return ProblemResults.Create(
                StatusCodes.Status403Forbidden, "foreign_origin", "Only pages of this shop can report events.");
        }

        // A session that starts with this request belongs to no page.
        if (context.Features.Get<VisitorSession>() is not { IsProven: true } session)
        {
            return ProblemResults.Create(
                StatusCodes.Status403Forbidden, "session_required", "The request has no session that is still open.");
        }

        if (!reader.TryRead(beacon, out var events, out var errors))
        {
            return TypedResults.ValidationProblem(errors);
        }

        // In the trace of the page. Without a valid token, the events stay in the trace of this request and belong to no page.
        using var span = tokens.Unprotect(beacon.Token, session.SessionId) is { } page ? Start(source, page) : null;
        foreach (var (number, browserEvent) in events)
        {
            if (replays.TryAccept(session.SessionId, beacon.Page!, number))
            {
                journey.Emit(browserEvent);
            }
        }

        return TypedResults.NoContent();
    }

    private static Activity? Start(ActivitySource source, in ActivityContext page) => source.StartActivity(
        SpanName, ActivityKind.Internal, page, links: Activity.Current is { } request ? [new(request.Context)] : null);

    private static bool IsSameOrigin(HttpRequest request) => request.Headers["Sec-Fetch-Site"] is [var site]
        ? site == "same-origin"
        : request.Headers.Origin is [var origin] && origin == $"{request.Scheme}://{request.Host}";

    private sealed class SizeLimit : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => MaxBodySize;
    }
}

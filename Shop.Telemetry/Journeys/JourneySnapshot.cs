using System.Diagnostics;
using OpenTelemetry;

namespace Shop.Telemetry.Journeys;

/// <summary>
/// Where in whose journey something began, as text that is kept with it: <c>00-4bf9...-01 session.id=4bf9,shop.journey.id=77aa</c>.
/// What is done for it later, because of the time or for a caller who knows nothing of the visitor, has a trace of its own; it is linked
/// to the trace where it began, and says whose journey it belongs to.
/// </summary>
public static class JourneySnapshot
{
    /// <summary>More than the longest: a traceparent has 55 characters, our baggage less than 1024.</summary>
    public const int MaxLength = 1100;

    private const char Separator = ' ';

    /// <summary>The running request's or message's; null where nothing runs.</summary>
    public static string? Capture()
    {
        var bookmark = $"{(Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id } ? id : null)}{Separator}{JourneyBaggage.Format(Baggage.Current)}";
        return bookmark.Length is > 1 and <= MaxLength ? bookmark : null;
    }

    /// <summary>A span for what nobody asked for just now, at the beginning of a trace of its own.</summary>
    public static Activity? StartLinkedActivity(this ActivitySource source, string name, string? bookmark)
    {
        // A worker does one after the other, each for somebody else.
        Baggage.Current = default;
        var span = source.StartActivity(name);
        Restore(bookmark);
        return span;
    }

    /// <summary>Goes on with it, from here on and in everything below. What is known already stays as it is: the request that runs is another one.</summary>
    public static void Restore(string? bookmark)
    {
        if (bookmark?.Split(Separator) is not [var trace, var journey])
            return;

        var baggage = Baggage.Current;
        foreach (var (name, value) in JourneyBaggage.Parse([journey]))
        {
            if (baggage.GetBaggage(name) is null)
                baggage = baggage.SetBaggage(name, value);
        }

        Baggage.Current = baggage;
        JourneyContext.Current.AddTo(Activity.Current);
        if (ActivityContext.TryParse(trace, null, isRemote: true, out var began) && Activity.Current is { } span
            && span.TraceId != began.TraceId && !span.Links.Any(link => link.Context.SpanId == began.SpanId))
            span.AddLink(new ActivityLink(began));
    }
}

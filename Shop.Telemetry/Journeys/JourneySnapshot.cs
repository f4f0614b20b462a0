using System.Diagnostics;
using OpenTelemetry;

namespace Shop.Telemetry.Journeys;

/// <summary>
/// Saves the trace and the journey of a request or message as text, such as
/// <c>00-4bf9...-01 session.id=4bf9,shop.journey.id=77aa</c>, and restores the journey for work that is done later: by a background
/// worker, or for a caller that does not know the visitor. That work has a trace of its own, with a link to the saved trace.
/// </summary>
public static class JourneySnapshot
{
    /// <summary>
    /// The maximum length of a snapshot in characters: a <c>traceparent</c> has 55, and the journey has at most 1024.
    /// </summary>
    public const int MaxLength = 1100;

    private const char Separator = ' ';

    /// <summary>Captures the current trace and journey.</summary>
    /// <returns>The snapshot; <see langword="null"/> if there is neither a trace nor a journey.</returns>
    public static string? Capture()
    {
        var traceParent = Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id } ? id : null;
        var snapshot = $"{traceParent}{Separator}{JourneyBaggage.Format(Baggage.Current)}";
        return snapshot.Length is > 1 and <= MaxLength ? snapshot : null;
    }

    /// <summary>
    /// Starts a root span for deferred work, which is linked to the saved trace, and restores the journey until the result is disposed.
    /// Work on a critical route is always sampled, as the request was.
    /// </summary>
    /// <param name="source">The source of the span.</param>
    /// <param name="name">The name of the span.</param>
    /// <param name="snapshot">The result of <see cref="Capture"/>; <see langword="null"/> for work without a journey.</param>
    /// <returns>The span and its journey.</returns>
    public static LinkedActivity StartLinkedActivity(this ActivitySource source, string name, string? snapshot)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new LinkedActivity(source, name, snapshot);
    }

    /// <summary>
    /// Restores the journey for the current execution context and everything below it, and links the current span to the saved trace.
    /// Values that are already set, such as the id of the current request, are not overwritten. Text that is not a snapshot is ignored.
    /// </summary>
    /// <param name="snapshot">The result of <see cref="Capture"/>.</param>
    public static void Restore(string? snapshot)
    {
        var origin = RestoreJourney(snapshot);
        JourneyContext.Current.AddTo(Activity.Current);
        if (origin is { } context && Activity.Current is { } span
            && span.TraceId != context.TraceId && !span.Links.Any(link => link.Context.SpanId == context.SpanId))
        {
            span.AddLink(new ActivityLink(context));
        }
    }

    /// <summary>Restores the values of the journey that are not set, and returns the saved span, if there is one.</summary>
    internal static ActivityContext? RestoreJourney(string? snapshot)
    {
        if (snapshot?.Split(Separator) is not [var traceParent, var journey])
        {
            return null;
        }

        Baggage.Current = JourneyBaggage.Parse(journey).SetBaggage(Baggage.Current.GetBaggage()!);
        return ActivityContext.TryParse(traceParent, null, isRemote: true, out var origin) ? origin : null;
    }
}

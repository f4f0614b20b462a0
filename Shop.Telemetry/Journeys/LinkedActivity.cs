using System.Diagnostics;
using OpenTelemetry;

namespace Shop.Telemetry.Journeys;

/// <summary>
/// The root span of deferred work, together with the journey that the work continues. Its disposal ends both, so that what a worker does
/// next belongs to neither.
/// </summary>
public sealed class LinkedActivity : IDisposable
{
    private readonly Activity? _previousActivity;
    private readonly Baggage _previousBaggage;

    internal LinkedActivity(ActivitySource source, string name, string? snapshot)
    {
        (_previousActivity, _previousBaggage) = (Activity.Current, Baggage.Current);
        (Activity.Current, Baggage.Current) = (null, default);

        // Before the span starts: the sampler keeps work on critical routes.
        var origin = JourneySnapshot.RestoreJourney(snapshot);
        Span = source.StartActivity(
            name, ActivityKind.Internal, default(ActivityContext), links: origin is { } context ? [new ActivityLink(context)] : null);
    }

    /// <summary>Gets the span; <see langword="null"/> if nothing listens to the source.</summary>
    public Activity? Span { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Span?.Dispose();
        (Activity.Current, Baggage.Current) = (_previousActivity, _previousBaggage);
    }
}

using System.Diagnostics;

namespace Shop.Telemetry.Journeys;

/// <summary>Where a span stands in this service's part of its trace.</summary>
public static class LocalRootSpan
{
    /// <summary>
    /// With this span the service's part begins: its parent is another process's, or there is none. Not with one that is told of
    /// afterwards, as Redis commands are: its parent is here, and only the ids of it were given.
    /// </summary>
    public static bool IsLocalRoot(this Activity span) => span.Parent is null && (span.HasRemoteParent || span.ParentSpanId == default);

    /// <summary>The span with which the service's part began.</summary>
    public static Activity GetLocalRoot(this Activity span)
    {
        while (span.Parent is { } parent)
            span = parent;
        return span;
    }
}

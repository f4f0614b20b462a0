using System.Diagnostics;

namespace Shop.Telemetry.Journeys;

/// <summary>
/// Finds the local root span of a trace: the span that has no parent in this process, usually that of the request or message.
/// </summary>
public static class LocalRootSpan
{
    /// <summary>Determines whether a span has no parent, or a parent in another process.</summary>
    /// <remarks>
    /// Spans that are created after the fact, such as those of Redis commands, have the ids of a local parent but no
    /// <see cref="Activity.Parent"/>. They are not local roots.
    /// </remarks>
    public static bool IsLocalRoot(this Activity span) => span.Parent is null && (span.HasRemoteParent || span.ParentSpanId == default);

    /// <summary>Gets the outermost ancestor of a span in this process; the span itself if it has none.</summary>
    public static Activity GetLocalRoot(this Activity span)
    {
        while (span.Parent is { } parent)
        {
            span = parent;
        }

        return span;
    }
}

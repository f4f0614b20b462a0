using System.Diagnostics;

namespace Shop.ServiceDefaults.Journeys;

/// <summary>Where a span stands in this service's part of its trace.</summary>
internal static class SpanOrigin
{
    /// <summary>With this span the service's part begins: its parent is another process's, or there is none.</summary>
    public static bool BeginsHere(this Activity span) => span.Parent is null && !span.IsToldAfterwards();

    /// <summary>Its parent is a span of this process of which only the ids were given, since it has ended by now.</summary>
    public static bool IsToldAfterwards(this Activity span) => span.Parent is null && !span.HasRemoteParent && span.ParentSpanId != default;
}

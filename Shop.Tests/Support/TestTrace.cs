using System.Diagnostics;

namespace Shop.Tests.Support;

/// <summary>Runs code in a trace that another service has started.</summary>
internal static class TestTrace
{
    public static ActivityTraceId Run(
        Action action, bool recorded = false, string? traceState = null, ActivityTraceId? traceId = null)
    {
        var id = traceId ?? ActivityTraceId.CreateRandom();
        var previous = Activity.Current;
        using var activity = new Activity("test")
            .SetParentId(id, ActivitySpanId.CreateRandom(), recorded ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None);
        activity.TraceStateString = traceState;
        activity.Start();
        action();
        activity.Stop();
        Activity.Current = previous;
        return id;
    }
}

using System.Diagnostics;

namespace Shop.Tests.Unit.ServiceDefaults.Support;

internal static class Traces
{
    /// <summary>Runs something inside of a trace of its own, as it came from elsewhere.</summary>
    public static ActivityTraceId Within(Action run, bool recorded = false, string? traceState = null, ActivityTraceId? traceId = null)
    {
        var id = traceId ?? ActivityTraceId.CreateRandom();
        var before = Activity.Current;
        using var activity = new Activity("probe")
            .SetParentId(id, ActivitySpanId.CreateRandom(), recorded ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None);
        activity.TraceStateString = traceState;
        activity.Start();
        run();
        activity.Stop();
        Activity.Current = before;
        return id;
    }
}

using System.Diagnostics;
using OpenTelemetry;

namespace Shop.ServiceDefaults.Journeys;

/// <summary>Every span says whose journey it belongs to, from its start on, whoever started it.</summary>
/// <remarks>
/// Some are told of afterwards, on a thread that is on no journey, or on that of the visitor who happened to open the connection:
/// Aspire's Redis client writes the spans of all commands every ten seconds. They know their trace, and say what the span says
/// with which that trace began here.
/// </remarks>
internal sealed class JourneySpans : BaseProcessor<Activity>
{
    // Of each of two generations: so many traces are always remembered, and never more than twice as many. A service with more than
    // 400 traces a second that are looked at has Redis spans without a journey.
    private const int Most = 4096;

    private readonly Lock _lock = new();
    private Dictionary<ActivityTraceId, Activity> _roots = [];
    private Dictionary<ActivityTraceId, Activity> _olderRoots = [];

    public override void OnStart(Activity data)
    {
        if (!data.IsAllDataRequested)
            return;

        if (data.IsToldAfterwards())
        {
            if (RootOf(data.TraceId) is { } root)
                Inherit(data, root);
        }
        else
        {
            var journey = JourneyContext.Current;
            journey.AddTo(data);
            if (data.BeginsHere())
                Remember(data, isKnown: journey.RequestId is not null);
        }
    }

    private static void Inherit(Activity span, Activity root)
    {
        foreach (var (name, value) in root.EnumerateTagObjects())
        {
            if (JourneyKeys.Find(name) is not null)
                span.SetTag(name, value);
        }
    }

    // What begins with a message learns its journey a moment after its start: until then an earlier root of the trace knows more.
    private void Remember(Activity root, bool isKnown)
    {
        lock (_lock)
        {
            if (_roots.Count >= Most)
            {
                (_roots, _olderRoots) = (_olderRoots, _roots);
                _roots.Clear();
            }

            if (!_roots.TryAdd(root.TraceId, root) && isKnown)
                _roots[root.TraceId] = root;
        }
    }

    private Activity? RootOf(ActivityTraceId trace)
    {
        lock (_lock)
        {
            return _roots.TryGetValue(trace, out var root) || _olderRoots.TryGetValue(trace, out root) ? root : null;
        }
    }
}

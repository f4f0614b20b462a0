using System.Runtime.InteropServices;

namespace Shop.Insights.Jumps;

/// <summary>Counts the jumps of one pair, in any order.</summary>
/// <param name="jumpFrom">The route that answered, or the page that the visitor came from.</param>
/// <param name="to">The route that the visitor was sent to.</param>
/// <param name="status">The status of the response.</param>
/// <param name="first">The start of the range, inclusive.</param>
/// <param name="end">The end of the range, exclusive.</param>
internal sealed class JumpCounter(string jumpFrom, string to, int? status, DateTimeOffset first, DateTimeOffset end)
{
    private const int MaxTraces = 3;

    // Several jumps may have the same trace.
    private const int MaxCandidates = 20;

    private static readonly long _minute = TimeSpan.FromMinutes(1).Ticks;

    private readonly HashSet<long> _units = [];
    private readonly List<long> _times = [];
    private readonly int[] _buckets = new int[JumpReader.Buckets];
    private readonly PriorityQueue<string, long> _notSeen = new();
    private readonly PriorityQueue<string, long> _others = new();

    /// <summary>Gets the route that answered, or the page that the visitor came from.</summary>
    public string From => jumpFrom;

    /// <summary>Gets the route that the visitor was sent to.</summary>
    public string To => to;

    /// <summary>Gets the status of the response.</summary>
    public int? Status => status;

    /// <summary>Gets the number of jumps.</summary>
    public long Count => _times.Count;

    /// <summary>Gets the number of jumps that have reached their target.</summary>
    public long Reached { get; private set; }

    /// <summary>Gets the number of jumps that have not.</summary>
    public long NotSeen { get; private set; }

    /// <summary>Adds a jump.</summary>
    /// <param name="time">The time (UTC).</param>
    /// <param name="unit">The session or journey.</param>
    /// <param name="traceId">The trace.</param>
    /// <param name="reached">Whether the target was reached; null if it is not known.</param>
    public void Add(DateTime time, long? unit, string? traceId, bool? reached)
    {
        _times.Add(time.Ticks);
        _buckets[Math.Min((int)((time - first.UtcDateTime) / (end - first) * JumpReader.Buckets), JumpReader.Buckets - 1)]++;
        if (unit is { } id)
        {
            _units.Add(id);
        }

        (Reached, NotSeen) = (Reached + (reached is true ? 1 : 0), NotSeen + (reached is false ? 1 : 0));
        if (traceId is not null)
        {
            AddTrace(reached is false ? _notSeen : _others, traceId, time.Ticks);
        }
    }

    /// <summary>Makes it unknown whether the jumps have reached their target, because it emits no events.</summary>
    public void ForgetReached()
    {
        (Reached, NotSeen) = (0, 0);
        while (_notSeen.TryDequeue(out var traceId, out var time))
        {
            AddTrace(_others, traceId, time);
        }
    }

    /// <summary>Returns the figures.</summary>
    public JumpPair ToResult()
    {
        var minutes = (end - first).TotalMinutes;
        return new(
            From, To, Status, Count, _units.Count, Reached, NotSeen, Count - Reached - NotSeen, Count / minutes, GetPeak(),
            [.. _buckets.Select(count => count / (minutes / JumpReader.Buckets))],
            [.. GetLatest(_notSeen).Concat(GetLatest(_others)).Distinct().Take(MaxTraces)]);
    }

    private static void AddTrace(PriorityQueue<string, long> traces, string traceId, long time)
    {
        if (traces.Count < MaxCandidates)
        {
            traces.Enqueue(traceId, time);
        }
        else
        {
            traces.EnqueueDequeue(traceId, time); // the earliest one goes
        }
    }

    private static IEnumerable<string> GetLatest(PriorityQueue<string, long> traces) =>
        traces.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element);

    private int GetPeak()
    {
        _times.Sort();
        var times = CollectionsMarshal.AsSpan(_times);
        var (peak, begin) = (0, 0);
        for (var i = 0; i < times.Length; i++)
        {
            while (times[begin] <= times[i] - _minute)
            {
                begin++;
            }

            peak = Math.Max(peak, i - begin + 1);
        }

        return peak;
    }
}

using System.Diagnostics;

namespace Shop.Telemetry.Sampling.Tail;

/// <summary>The spans of undecided traces, in bounded memory. In shards, so that traces rarely wait for each other.</summary>
internal sealed class TraceBuffer
{
    private const int Shards = 16;
    private const string OneTrace = "trace";
    private const string AllTraces = "all";

    private readonly Shard[] _shards;

    public TraceBuffer(SamplingMetrics metrics) => _shards = [.. Enumerable.Range(0, Shards).Select(_ => new Shard(metrics))];

    /// <summary>A part of the trace begins; there may be several at once, as two requests of one page.</summary>
    public void Begin(ActivityTraceId trace, TailSamplingOptions options) => ShardOf(trace).Begin(trace, options);

    public void Hold(Activity span, TailSamplingOptions options) => ShardOf(span.TraceId).Hold(span, options);

    /// <summary>A part of the trace ends. When it was the last, and the trace is to be kept: what was held, and why.</summary>
    public Kept? End(Activity root, TailSamplingOptions options) => ShardOf(root.TraceId).End(root, options);

    private Shard ShardOf(ActivityTraceId trace) => _shards[(uint)trace.GetHashCode() % Shards];

    /// <param name="Reason">Null for a trace that was decided for, after these spans had ended.</param>
    /// <param name="Spans">In the order of their ends.</param>
    public sealed record Kept(string? Reason, IReadOnlyList<Activity> Spans);

    private sealed class Shard(SamplingMetrics metrics)
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<ActivityTraceId, LinkedListNode<Trace>> _traces = [];
        private readonly LinkedList<Trace> _oldestFirst = [];
        private int _spans;

        public void Begin(ActivityTraceId id, TailSamplingOptions options)
        {
            var lost = 0;
            lock (_lock)
            {
                if (!_traces.TryGetValue(id, out var trace))
                {
                    // Also without spans: an instrumentation that filters a span after its start never tells of its end.
                    if (_traces.Count >= ShareOf(options))
                        lost = LetGo(_oldestFirst.First!);
                    _traces[id] = trace = _oldestFirst.AddLast(new Trace(id));
                }

                trace.Value.Parts++;
            }

            if (lost > 0)
                metrics.Lost(lost, AllTraces);
        }

        public void Hold(Activity span, TailSamplingOptions options)
        {
            var (lost, limit) = (0, AllTraces);
            lock (_lock)
            {
                // Begun while the tail was off, or let go: nothing to add to.
                if (!_traces.TryGetValue(span.TraceId, out var node))
                    return;

                var trace = node.Value;
                trace.Reason ??= ReasonOf(span);
                if (trace.Spans.Count >= options.MaxSpansPerTrace)
                {
                    (lost, limit) = (1, OneTrace);
                }
                else
                {
                    trace.Spans.Add(span);
                    _spans++;
                    while (_spans > ShareOf(options))
                        lost += LetGo(_oldestFirst.First!);
                }
            }

            if (lost > 0)
                metrics.Lost(lost, limit);
        }

        public Kept? End(Activity root, TailSamplingOptions options)
        {
            Trace trace;
            lock (_lock)
            {
                if (!_traces.TryGetValue(root.TraceId, out var node))
                    return null;

                trace = node.Value;
                trace.Reason ??= root.Duration >= options.LatencyThreshold ? "slow" : null;
                trace.Decided |= root.Recorded;
                if (--trace.Parts > 0)
                    return null;
                Remove(node);
            }

            if (trace.Decided)
                return trace.Spans.Count > 0 ? new Kept(null, trace.Spans) : null;

            metrics.TailEnded(trace.Reason);
            return trace.Reason is { } reason ? new Kept(reason, trace.Spans) : null;
        }

        private static int ShareOf(TailSamplingOptions options) => options.MaxSpans / Shards;

        private int LetGo(LinkedListNode<Trace> node)
        {
            Remove(node);
            return node.Value.Spans.Count;
        }

        private void Remove(LinkedListNode<Trace> node)
        {
            _traces.Remove(node.Value.Id);
            _oldestFirst.Remove(node);
            _spans -= node.Value.Spans.Count;
        }

        private static string? ReasonOf(Activity span) =>
            span.GetTagItem(SamplingAttributes.Reason) is string known ? known :
            span.Status == ActivityStatusCode.Error || span.GetTagItem("http.response.status_code") is >= 500 || HasException(span) ? "error" : null;

        private static bool HasException(Activity span)
        {
            foreach (ref readonly var happened in span.EnumerateEvents())
            {
                if (happened.Name == "exception")
                    return true;
            }

            return false;
        }
    }

    private sealed class Trace(ActivityTraceId id)
    {
        public ActivityTraceId Id => id;

        public int Parts { get; set; }

        public bool Decided { get; set; }

        public string? Reason { get; set; }

        public List<Activity> Spans { get; } = [];
    }
}

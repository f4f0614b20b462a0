using System.Diagnostics;

namespace Shop.Telemetry.Sampling.Tail;

/// <summary>
/// A part of the <see cref="TraceBuffer"/> with its own lock and an equal share of <see cref="TailSamplingOptions.MaxSpans"/>.
/// </summary>
internal sealed class TraceBufferShard(int shardCount, SamplingMetrics metrics)
{
    // Values of the metric attribute shop.sampling.limit.
    private const string TraceLimit = "max_spans_per_trace";
    private const string BufferLimit = "max_spans";

    private readonly Lock _lock = new();
    private readonly Dictionary<ActivityTraceId, LinkedListNode<BufferedTrace>> _traces = [];
    private readonly LinkedList<BufferedTrace> _oldestFirst = [];
    private int _spanCount;

    public void StartLocalRoot(ActivityTraceId traceId, TailSamplingOptions options)
    {
        var dropped = 0;
        lock (_lock)
        {
            if (!_traces.TryGetValue(traceId, out var node))
            {
                // Traces without spans count too: when an instrumentation filters a span after its start, OnEnd is never called.
                if (_traces.Count >= GetCapacity(options))
                {
                    dropped = Evict(_oldestFirst.First!);
                }

                _traces[traceId] = node = _oldestFirst.AddLast(new BufferedTrace(traceId));
            }

            node.Value.ActiveLocalRoots++;
        }

        if (dropped > 0)
        {
            metrics.RecordDroppedSpans(dropped, BufferLimit);
        }
    }

    public void Add(Activity span, TailSamplingOptions options)
    {
        var (dropped, limit) = (0, BufferLimit);
        lock (_lock)
        {
            // The trace is unknown when it was evicted, or when it started while tail sampling was off.
            if (!_traces.TryGetValue(span.TraceId, out var node))
            {
                return;
            }

            var trace = node.Value;
            trace.TailReason ??= TailSamplingPolicy.GetReason(span);
            if (trace.Spans.Count >= options.MaxSpansPerTrace)
            {
                (dropped, limit) = (1, TraceLimit);
            }
            else
            {
                trace.Spans.Add(span);
                _spanCount++;
                while (_spanCount > GetCapacity(options))
                {
                    dropped += Evict(_oldestFirst.First!);
                }
            }
        }

        if (dropped > 0)
        {
            metrics.RecordDroppedSpans(dropped, limit);
        }
    }

    public SampledSpans? Complete(Activity localRoot, TailSamplingOptions options)
    {
        BufferedTrace trace;
        lock (_lock)
        {
            if (!_traces.TryGetValue(localRoot.TraceId, out var node))
            {
                return null;
            }

            trace = node.Value;
            trace.TailReason ??= TailSamplingPolicy.GetLatencyReason(localRoot, options);
            trace.IsHeadSampled |= localRoot.Recorded;
            if (--trace.ActiveLocalRoots > 0)
            {
                return null;
            }

            Remove(node);
        }

        if (trace.IsHeadSampled)
        {
            return trace.Spans.Count > 0 ? new SampledSpans(null, trace.Spans) : null;
        }

        metrics.RecordTailDecision(trace.TailReason);
        return trace.TailReason is { } reason ? new SampledSpans(reason, trace.Spans) : null;
    }

    private int GetCapacity(TailSamplingOptions options) => options.MaxSpans / shardCount;

    // Returns the number of dropped spans.
    private int Evict(LinkedListNode<BufferedTrace> node)
    {
        Remove(node);
        return node.Value.Spans.Count;
    }

    private void Remove(LinkedListNode<BufferedTrace> node)
    {
        _traces.Remove(node.Value.TraceId);
        _oldestFirst.Remove(node);
        _spanCount -= node.Value.Spans.Count;
    }

    private sealed class BufferedTrace(ActivityTraceId traceId)
    {
        public ActivityTraceId TraceId => traceId;

        public int ActiveLocalRoots { get; set; }

        public bool IsHeadSampled { get; set; }

        public string? TailReason { get; set; }

        public List<Activity> Spans { get; } = [];
    }
}

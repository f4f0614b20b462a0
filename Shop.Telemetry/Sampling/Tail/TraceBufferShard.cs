using System.Diagnostics;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Sampling.Tail;

/// <summary>
/// A part of the <see cref="TraceBuffer"/> with its own lock and an equal share of <see cref="TailSamplingOptions.MaxSpans"/>.
/// </summary>
internal sealed class TraceBufferShard(int shardCount, TailSamplingLimiter limiter, SamplingMetrics metrics)
{
    // Values of the metric attribute shop.sampling.limit.
    private const string TraceLimit = "max_spans_per_trace";
    private const string BufferLimit = "max_spans";
    private const string Late = "late";

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
            // The trace is unknown when its local part is complete, or when it was evicted. Spans that are reported after the fact, as
            // those of Redis, always come late; they have no parent object. Those of an exported trace have its flag and do not get here.
            if (!_traces.TryGetValue(span.TraceId, out var node))
            {
                (dropped, limit) = (span.Parent is null && !span.IsLocalRoot() ? 0 : 1, Late);
            }
            else if (node.Value.Add(span, options.MaxSpansPerTrace))
            {
                _spanCount++;
                while (_spanCount > GetCapacity(options))
                {
                    dropped += Evict(_oldestFirst.First!);
                }
            }
            else
            {
                (dropped, limit) = (1, TraceLimit);
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
            if (!trace.Complete(localRoot, options))
            {
                return null;
            }

            Remove(node);
        }

        return Sample(trace, options);
    }

    public IReadOnlyList<SampledSpans> CompleteAll(TailSamplingOptions options)
    {
        List<BufferedTrace> traces;
        lock (_lock)
        {
            traces = [.. _oldestFirst];
            _traces.Clear();
            _oldestFirst.Clear();
            _spanCount = 0;
        }

        traces.ForEach(trace => trace.Abort(options));
        return [.. traces.Where(trace => trace.Spans.Count > 0).Select(trace => Sample(trace, options)).OfType<SampledSpans>()];
    }

    private SampledSpans? Sample(BufferedTrace trace, TailSamplingOptions options)
    {
        if (trace.IsHeadSampled)
        {
            return trace.Spans.Count > 0 ? new SampledSpans(null, trace.Spans) : null;
        }

        if (trace.TailReason is not { } reason
            || (!trace.IsTailSampled && !limiter.TryAcquire(trace.Route, reason, options.MaxTracesPerSecond)))
        {
            metrics.RecordTailDropped(trace.TailReason);
            return null;
        }

        metrics.RecordTailSampled(reason, trace.IsPartial);
        return new SampledSpans(reason, trace.Spans);
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
        private readonly long _startTime = Stopwatch.GetTimestamp();

        public ActivityTraceId TraceId => traceId;

        public int ActiveLocalRoots { get; set; }

        /// <summary>Whether the head decision became positive after spans had been buffered.</summary>
        public bool IsHeadSampled { get; private set; }

        /// <summary>Whether the tail decision has been made already, when the response was complete.</summary>
        public bool IsTailSampled { get; private set; }

        /// <summary>Whether the trace began in another service or called one. The spans of that one are lost.</summary>
        public bool IsPartial { get; private set; }

        public string? TailReason { get; private set; }

        /// <summary>The route of the last local root.</summary>
        public string Route { get; private set; } = "";

        public List<Activity> Spans { get; } = [];

        /// <summary>Adds a span unless the trace has too many. The reason counts in any case.</summary>
        public bool Add(Activity span, int maxSpans)
        {
            TailReason ??= TailSamplingPolicy.GetReason(span);
            IsPartial |= span.HasRemoteParent || IsCallOfService(span);
            if (Spans.Count >= maxSpans)
            {
                return false;
            }

            Spans.Add(span);
            return true;
        }

        /// <summary>Ends a local root. Returns whether it was the last one.</summary>
        public bool Complete(Activity localRoot, TailSamplingOptions options)
        {
            if (SamplingAttributes.GetTailReason(localRoot) is { } reason && localRoot.Recorded)
            {
                (TailReason, IsTailSampled) = (reason, true);
                IsPartial |= localRoot.HasRemoteParent;
            }
            else
            {
                IsHeadSampled |= localRoot.Recorded;
                if (TailReason == TailSamplingPolicy.Error && TailSamplingPolicy.IsClientDisconnected(localRoot))
                {
                    TailReason = null;
                }

                TailReason ??= TailSamplingPolicy.IsSlow(localRoot.Duration, options) ? TailSamplingPolicy.Slow : null;
            }

            Route = localRoot.GetTagItem("http.route") as string ?? localRoot.DisplayName;
            return --ActiveLocalRoots <= 0;
        }

        /// <summary>Ends the trace before its local roots have ended.</summary>
        public void Abort(TailSamplingOptions options)
        {
            if (TailSamplingPolicy.IsSlow(Stopwatch.GetElapsedTime(_startTime), options))
            {
                TailReason ??= TailSamplingPolicy.Slow;
            }
        }

        // Databases and caches have no spans of their own.
        private static bool IsCallOfService(Activity span) => span.Kind is ActivityKind.Producer
            || (span.Kind is ActivityKind.Client && span.GetTagItem("db.system.name") is null);
    }
}

using System.Diagnostics;

namespace Shop.Telemetry.Sampling.Tail;

/// <summary>
/// Buffers the spans of undecided traces in bounded memory. The buffer has independently locked shards, so that traces seldom contend
/// for a lock.
/// </summary>
internal sealed class TraceBuffer
{
    private const int ShardCount = 16;

    private readonly TraceBufferShard[] _shards;

    public TraceBuffer(TailSamplingLimiter limiter, SamplingMetrics metrics) =>
        _shards = [.. Enumerable.Range(0, ShardCount).Select(_ => new TraceBufferShard(ShardCount, limiter, metrics))];

    /// <summary>Starts a local root span of a trace. A trace may have several at once, for example two requests of one page.</summary>
    public void StartLocalRoot(ActivityTraceId traceId, TailSamplingOptions options) => GetShard(traceId).StartLocalRoot(traceId, options);

    /// <summary>Adds an ended span of a trace that is not sampled.</summary>
    public void Add(Activity span, TailSamplingOptions options) => GetShard(span.TraceId).Add(span, options);

    /// <summary>
    /// Ends a local root span. When it was the last one of the trace in this service, the trace leaves the buffer.
    /// </summary>
    /// <returns>The spans to export; null when the trace is incomplete or is dropped.</returns>
    public SampledSpans? Complete(Activity localRoot, TailSamplingOptions options) =>
        GetShard(localRoot.TraceId).Complete(localRoot, options);

    /// <summary>Removes all traces, and returns those that failed or were slow so far.</summary>
    public IEnumerable<SampledSpans> CompleteAll(TailSamplingOptions options) => _shards.SelectMany(shard => shard.CompleteAll(options));

    private TraceBufferShard GetShard(ActivityTraceId traceId) => _shards[(uint)traceId.GetHashCode() % ShardCount];
}

using System.Collections.Concurrent;

namespace Shop.Telemetry.Sampling;

/// <summary>
/// Limits how many traces tail sampling exports per second: one token bucket for each route and reason, which holds the tokens of one
/// second. An outage at one route does not use up the limit of the others.
/// </summary>
internal sealed class TailSamplingLimiter(TimeProvider time)
{
    // Routes are constants in the code. The limit holds where they are generated: the others share a bucket.
    private const int MaxBuckets = 4096;

    private readonly ConcurrentDictionary<(string Route, string Reason), Bucket> _buckets = new();
    private readonly Bucket _others = new();

    /// <summary>Takes a token. Returns false when the traces of this second have used them up.</summary>
    public bool TryAcquire(string route, string reason, double tokensPerSecond)
    {
        if (!_buckets.TryGetValue((route, reason), out var bucket))
        {
            bucket = _buckets.Count < MaxBuckets ? _buckets.GetOrAdd((route, reason), _ => new Bucket()) : _others;
        }

        return bucket.TryAcquire(tokensPerSecond, time);
    }

    private sealed class Bucket
    {
        private readonly Lock _lock = new();
        private double _tokens;
        private long? _lastUpdate;

        public bool TryAcquire(double tokensPerSecond, TimeProvider time)
        {
            lock (_lock)
            {
                var capacity = Math.Max(1, tokensPerSecond);
                var now = time.GetTimestamp();
                _tokens = _lastUpdate is { } last
                    ? Math.Min(capacity, _tokens + time.GetElapsedTime(last, now).TotalSeconds * tokensPerSecond)
                    : capacity;
                _lastUpdate = now;
                if (_tokens < 1)
                {
                    return false;
                }

                _tokens--;
                return true;
            }
        }
    }
}

namespace Shop.Web.RequestLimits;

/// <summary>
/// Token buckets for any number of keys in a fixed amount of memory: keys with the same hash share a bucket. The hash differs in each
/// process, so that a caller cannot choose a key that empties the bucket of another.
/// </summary>
/// <remarks>
/// A bucket is the time at which it will be full again (generic cell rate algorithm): it needs neither a lock nor a timer that refills it.
/// </remarks>
internal sealed class RateLimitBuckets(RateLimit limit, TimeProvider time)
{
    // 128 KiB. With 1,000 callers at once, one in sixteen shares a bucket.
    private const int Count = 1 << 14;

    private readonly long[] _fullAt = new long[Count];
    private readonly long _interval = Math.Max(1, time.TimestampFrequency / limit.RequestsPerSecond);

    /// <summary>Takes a token from the bucket of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="retryAfter">The time until the bucket has a token again, if it has none.</param>
    public bool TryTake(ReadOnlySpan<char> key, out TimeSpan retryAfter)
    {
        ref var fullAt = ref _fullAt[string.GetHashCode(key) & (Count - 1)];
        var now = time.GetTimestamp();
        var latest = now + (limit.Burst * _interval);
        while (true)
        {
            var before = Volatile.Read(ref fullAt);
            var after = Math.Max(before, now) + _interval;
            if (after > latest)
            {
                retryAfter = time.GetElapsedTime(latest, after);
                return false;
            }

            if (Interlocked.CompareExchange(ref fullAt, after, before) == before)
            {
                retryAfter = TimeSpan.Zero;
                return true;
            }
        }
    }
}

namespace Shop.Web.RequestLimits;

/// <summary>
/// Token buckets for any number of keys in a fixed amount of memory: keys with the same hash share a bucket. The hash differs in each
/// process, so that a caller cannot choose a key that empties the bucket of another.
/// </summary>
/// <remarks>
/// A bucket is the time at which it will be full again (generic cell rate algorithm): it needs neither a lock nor a timer that refills it.
/// </remarks>
/// <param name="interval">The time after which a bucket gets one more token.</param>
/// <param name="burst">The number of tokens of a full bucket.</param>
/// <param name="time">The clock.</param>
internal sealed class RateLimitBuckets(TimeSpan interval, int burst, TimeProvider time)
{
    // 128 KiB. With 1,000 callers at once, one in sixteen shares a bucket.
    private const int Count = 1 << 14;

    private readonly long[] _fullAt = new long[Count];
    private readonly long _interval = Math.Max(1, (long)(interval.TotalSeconds * time.TimestampFrequency));

    public RateLimitBuckets(RateLimit limit, TimeProvider time)
        : this(TimeSpan.FromSeconds(1) / limit.RequestsPerSecond, limit.Burst, time)
    {
    }

    /// <summary>Takes a token from the bucket of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="retryAfter">The time until the bucket has a token again, if it has none.</param>
    public bool TryTake(ReadOnlySpan<char> key, out TimeSpan retryAfter)
    {
        ref var fullAt = ref GetBucket(key);
        while (true)
        {
            var before = Volatile.Read(ref fullAt);
            if (!HasToken(before, out var after, out retryAfter))
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref fullAt, after, before) == before)
            {
                return true;
            }
        }
    }

    /// <summary>Puts a token back that was taken from the bucket of a key. A bucket never has more tokens than fit in.</summary>
    /// <param name="key">The key.</param>
    public void GiveBack(ReadOnlySpan<char> key) => Interlocked.Add(ref GetBucket(key), -_interval);

    private ref long GetBucket(ReadOnlySpan<char> key) => ref _fullAt[string.GetHashCode(key) & (Count - 1)];

    private bool HasToken(long fullAt, out long fullAtWithoutToken, out TimeSpan retryAfter)
    {
        var now = time.GetTimestamp();
        var latest = now + (burst * _interval);
        fullAtWithoutToken = Math.Max(fullAt, now) + _interval;
        var hasToken = fullAtWithoutToken <= latest;
        retryAfter = hasToken ? TimeSpan.Zero : time.GetElapsedTime(latest, fullAtWithoutToken);
        return hasToken;
    }
}

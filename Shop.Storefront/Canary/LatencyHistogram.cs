namespace Shop.Storefront.Canary;

/// <summary>Counts durations from 0.1 ms to 7 min in buckets, each 9% wider than the one before it.</summary>
internal sealed class LatencyHistogram
{
    private const double Lowest = 0.1;
    private const int BucketsPerDoubling = 8;

    private readonly long[] _counts = new long[BucketsPerDoubling * 22];

    /// <summary>Number of durations.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a duration.</summary>
    public void Add(TimeSpan duration)
    {
        var bucket = Math.Log2(Math.Max(duration.TotalMilliseconds, Lowest) / Lowest) * BucketsPerDoubling;
        _counts[Math.Min((int)bucket, _counts.Length - 1)]++;
        Count++;
    }

    /// <summary>Returns the 99th percentile, up to 9% too high; zero without durations.</summary>
    public TimeSpan GetP99()
    {
        var above = Count / 100;
        for (var bucket = _counts.Length - 1; bucket >= 0; bucket--)
        {
            above -= _counts[bucket];
            if (above < 0)
            {
                return TimeSpan.FromMilliseconds(Lowest * Math.Pow(2, (bucket + 1) / (double)BucketsPerDoubling));
            }
        }

        return TimeSpan.Zero;
    }
}

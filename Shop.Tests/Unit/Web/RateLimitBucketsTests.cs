using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Shop.Web.RequestLimits;

namespace Shop.Tests.Unit.Web;

public class RateLimitBucketsTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(50));

    [Fact]
    public void Burst_is_accepted_at_once_and_refills_at_the_rate()
    {
        var buckets = new RateLimitBuckets(new() { RequestsPerSecond = 10, Burst = 3 }, _time);

        Assert.Equal([true, true, true, false], Take(buckets, 4));
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal([true, true, false], Take(buckets, 3));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal([true, true, true, false], Take(buckets, 4));
    }

    [Fact]
    public void Rejection_says_when_the_next_token_is_there()
    {
        var buckets = new RateLimitBuckets(new() { RequestsPerSecond = 1, Burst = 1 }, _time);
        Assert.True(buckets.TryTake("key", out _));
        _time.Advance(TimeSpan.FromMilliseconds(400));

        Assert.False(buckets.TryTake("key", out var retryAfter));
        Assert.Equal(TimeSpan.FromMilliseconds(600), retryAfter);
        _time.Advance(retryAfter);
        Assert.True(buckets.TryTake("key", out _));
    }

    [Fact]
    public void Rejected_requests_do_not_delay_the_next_token()
    {
        var buckets = new RateLimitBuckets(new() { RequestsPerSecond = 1, Burst = 1 }, _time);
        Assert.Equal([true, false, false, false], Take(buckets, 4));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([true, false], Take(buckets, 2));
    }

    [Fact]
    public void Any_number_of_keys_needs_no_more_memory()
    {
        var buckets = new RateLimitBuckets(new() { RequestsPerSecond = 1, Burst = 1 }, _time);
        var keys = Enumerable.Range(0, 100_000).Select(number => number.ToString(CultureInfo.InvariantCulture)).ToArray();
        buckets.TryTake("warm-up", out _);

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var key in keys)
        {
            buckets.TryTake(key, out _);
        }

        // The runtime counts a few kilobytes of its own when a collection runs meanwhile. A bucket for each key would be megabytes.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, keys.Length);
    }

    [Fact]
    public void Most_of_a_thousand_keys_have_a_bucket_of_their_own()
    {
        var buckets = new RateLimitBuckets(new() { RequestsPerSecond = 1, Burst = 1 }, _time);

        var accepted = Enumerable.Range(0, 1000).Count(number => buckets.TryTake($"key-{number}", out _));

        Assert.InRange(accepted, 900, 1000);
    }

    [Fact]
    public void Concurrent_callers_get_no_more_than_the_burst()
    {
        var buckets = new RateLimitBuckets(new() { RequestsPerSecond = 1, Burst = 100 }, _time);
        var accepted = 0;

        Parallel.For(0, 1000, _ => Interlocked.Add(ref accepted, buckets.TryTake("key", out var _) ? 1 : 0));

        Assert.Equal(100, accepted);
    }

    [Fact]
    public void Token_that_is_given_back_can_be_taken_and_a_full_bucket_stays_full()
    {
        var buckets = new RateLimitBuckets(new() { RequestsPerSecond = 1, Burst = 2 }, _time);
        Assert.Equal([true, true, false], Take(buckets, 3));
        buckets.GiveBack("key");
        Assert.Equal([true, false], Take(buckets, 2));

        _time.Advance(TimeSpan.FromMinutes(1));
        buckets.GiveBack("key");
        Assert.Equal([true, true, false], Take(buckets, 3));
    }

    private static List<bool> Take(RateLimitBuckets buckets, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => buckets.TryTake("key", out var _))];
}

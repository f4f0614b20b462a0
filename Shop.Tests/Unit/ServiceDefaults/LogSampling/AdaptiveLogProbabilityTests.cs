using Microsoft.Extensions.Time.Testing;
using Shop.Telemetry.Sampling.Logs;

namespace Shop.Tests.Unit.ServiceDefaults.LogSampling;

public sealed class AdaptiveLogProbabilityTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly AdaptiveLogProbability _rate;

    public AdaptiveLogProbabilityTests() => _rate = new AdaptiveLogProbability(500, 0.005, _time);

    public void Dispose() => _rate.Dispose();

    [Fact]
    public void While_there_is_little_everything_is_kept()
    {
        Second(offered: 499);
        Assert.Equal(1, _rate.Share);
        Assert.Equal(0UL, _rate.Current.Value);
    }

    [Fact]
    public void When_there_is_more_the_target_is_kept()
    {
        Second(offered: 50_000);
        Assert.Equal(0.01, _rate.Share, 6);
        Assert.Equal(100, _rate.Current.AdjustedCount, 0.01);
    }

    [Fact]
    public void The_share_never_falls_below_the_floor()
    {
        Second(offered: 1_000_000);
        Assert.Equal(0.005, _rate.Share);
    }

    [Fact]
    public void After_a_burst_it_goes_back_by_half_of_the_way_each_second()
    {
        Second(offered: 50_000);
        Second(offered: 0);
        Assert.Equal(0.02, _rate.Share, 6);
        for (var second = 0; second < 10; second++)
            Second(offered: 0);
        Assert.Equal(1, _rate.Share);
    }

    [Fact]
    public void A_burst_is_answered_before_its_second_is_over()
    {
        var kept = 0;
        for (var line = 0; line < 100_000; line++)
        {
            var keep = _rate.Current.Keeps((ulong)Random.Shared.NextInt64(1L << 56));
            kept += keep ? 1 : 0;
            _rate.Saw(keep);
        }

        Assert.InRange(kept, 1000, 6000);
        Assert.InRange(_rate.Share, 0.005, 0.1);
    }

    private void Second(int offered)
    {
        for (var line = 0; line < offered; line++)
            _rate.Saw(kept: false);
        _time.Advance(TimeSpan.FromSeconds(1));
    }
}

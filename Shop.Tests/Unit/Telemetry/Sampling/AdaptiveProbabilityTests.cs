using Microsoft.Extensions.Time.Testing;
using Shop.Telemetry.Sampling;

namespace Shop.Tests.Unit.Telemetry.Sampling;

public sealed class AdaptiveProbabilityTests
{
    private static readonly TimeSpan _smoothingWindow = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly AdaptiveProbability _probability;

    public AdaptiveProbabilityTests() => _probability = new AdaptiveProbability(_time);

    [Fact]
    public void Probability_is_one_when_traffic_is_below_the_target() =>
        Assert.Equal(1, Run(perSecond: 20, seconds: 30, target: 100));

    [Fact]
    public void Probability_converges_to_the_target_when_traffic_is_above_it() =>
        Assert.Equal(0.05, Run(perSecond: 2000, seconds: 60, target: 100), 0.001);

    [Fact]
    public void Probability_never_falls_below_the_minimum() =>
        Assert.Equal(0.005, Run(perSecond: 5000, seconds: 60, target: 1));

    [Fact]
    public void Probability_never_exceeds_the_maximum() =>
        Assert.Equal(0.1, Run(perSecond: 5, seconds: 60, target: 100, maxProbability: 0.1));

    [Fact]
    public void Probability_follows_when_traffic_steps()
    {
        Run(perSecond: 100, seconds: 60, target: 100);
        Assert.Equal(0.1, Run(perSecond: 1000, seconds: 60, target: 100), 0.005);
        Assert.InRange(Run(perSecond: 100, seconds: 80, target: 100), 0.9, 1);
    }

    [Fact]
    public void Burst_after_an_idle_period_is_limited_within_its_first_second()
    {
        Run(perSecond: 1, seconds: 60, target: 100);
        var sampled = 0.0;
        for (var i = 0; i < 10_000; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(0.1));
            sampled += _probability.GetNext(100, 0.005, 1, _smoothingWindow);
        }

        // 100 * (1 + ln(10,000 / 100)) = 560 instead of 10,000.
        Assert.InRange(sampled, 100, 600);
    }

    [Fact]
    public void Earlier_traffic_has_no_effect_after_a_long_idle_period()
    {
        Run(perSecond: 5000, seconds: 60, target: 100);
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(1, Run(perSecond: 1, seconds: 1, target: 100));
    }

    private double Run(int perSecond, int seconds, double target, double maxProbability = 1)
    {
        var probability = 0.0;
        for (var i = 0; i < perSecond * seconds; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1) / perSecond);
            probability = _probability.GetNext(target, 0.005, maxProbability, _smoothingWindow);
        }

        return probability;
    }
}

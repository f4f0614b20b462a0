using Microsoft.Extensions.Time.Testing;
using Shop.Telemetry.Sampling;

namespace Shop.Tests.Unit.ServiceDefaults.Sampling;

public sealed class AdaptiveProbabilityTests
{
    private static readonly TimeSpan _memory = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly AdaptiveProbability _adaptive;

    public AdaptiveProbabilityTests() => _adaptive = new AdaptiveProbability(_time);

    [Fact]
    public void Little_traffic_is_kept_whole() => Assert.Equal(1, Run(perSecond: 20, seconds: 30, target: 100));

    [Fact]
    public void Much_traffic_is_brought_down_to_the_target() => Assert.Equal(0.05, Run(perSecond: 2000, seconds: 60, target: 100), 0.001);

    [Fact]
    public void The_ratio_never_falls_below_the_lowest() => Assert.Equal(0.005, Run(perSecond: 5000, seconds: 60, target: 1));

    [Fact]
    public void The_ratio_never_rises_above_the_highest() => Assert.Equal(0.1, Run(perSecond: 5, seconds: 60, target: 100, highest: 0.1));

    [Fact]
    public void A_step_is_followed_smoothly_and_in_both_directions()
    {
        Run(perSecond: 100, seconds: 60, target: 100);
        var soon = Run(perSecond: 1000, seconds: 2, target: 100);
        var later = Run(perSecond: 1000, seconds: 60, target: 100);
        var calm = Run(perSecond: 100, seconds: 80, target: 100);

        Assert.InRange(soon, 0.3, 0.6);
        Assert.Equal(0.1, later, 0.005);
        Assert.InRange(calm, 0.9, 1);
    }

    [Fact]
    public void After_a_long_silence_nothing_of_the_old_traffic_is_remembered()
    {
        Run(perSecond: 5000, seconds: 60, target: 100);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, Run(perSecond: 1, seconds: 1, target: 100));
    }

    private double Run(int perSecond, int seconds, double target, double highest = 1)
    {
        var ratio = 0.0;
        for (var i = 0; i < perSecond * seconds; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1) / perSecond);
            ratio = _adaptive.Next(target, 0.005, highest, _memory);
        }

        return ratio;
    }
}

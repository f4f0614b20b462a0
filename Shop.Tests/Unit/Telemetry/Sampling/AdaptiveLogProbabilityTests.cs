using Microsoft.Extensions.Time.Testing;
using Shop.Telemetry.Sampling.Logs;

namespace Shop.Tests.Unit.Telemetry.Sampling;

public sealed class AdaptiveLogProbabilityTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly AdaptiveLogProbability _probability;

    public AdaptiveLogProbabilityTests() => _probability = new AdaptiveLogProbability(500, 0.005, _time);

    public void Dispose() => _probability.Dispose();

    [Fact]
    public void Probability_is_one_when_the_rate_is_below_the_target()
    {
        RunSecond(records: 499);
        Assert.Equal(1, _probability.Probability);
        Assert.Equal(0UL, _probability.Threshold.Value);
    }

    [Fact]
    public void Probability_matches_the_target_when_the_rate_is_above_it()
    {
        RunSecond(records: 50_000);
        Assert.Equal(0.01, _probability.Probability, 6);
        Assert.Equal(100, _probability.Threshold.AdjustedCount, 0.01);
    }

    [Fact]
    public void Log_probability_never_falls_below_the_minimum()
    {
        RunSecond(records: 1_000_000);
        Assert.Equal(0.005, _probability.Probability);
    }

    [Fact]
    public void Probability_recovers_by_half_each_second_after_a_burst()
    {
        RunSecond(records: 50_000);
        RunSecond(records: 0);
        Assert.Equal(0.02, _probability.Probability, 6);

        for (var second = 0; second < 10; second++)
        {
            RunSecond(records: 0);
        }

        Assert.Equal(1, _probability.Probability);
    }

    [Fact]
    public void Burst_lowers_the_probability_within_the_same_second()
    {
        var sampledRecords = 0;
        for (var record = 0; record < 100_000; record++)
        {
            var sampled = _probability.Threshold.ShouldSample((ulong)Random.Shared.NextInt64(1L << 56));
            sampledRecords += sampled ? 1 : 0;
            _probability.Record(sampled);
        }

        Assert.InRange(sampledRecords, 1000, 6000);
        Assert.InRange(_probability.Probability, 0.005, 0.1);
    }

    private void RunSecond(int records)
    {
        for (var record = 0; record < records; record++)
        {
            _probability.Record(sampled: false);
        }

        _time.Advance(TimeSpan.FromSeconds(1));
    }
}

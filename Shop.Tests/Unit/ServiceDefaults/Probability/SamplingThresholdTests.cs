using System.Globalization;
using Shop.Telemetry.Sampling;

namespace Shop.Tests.Unit.ServiceDefaults.Probability;

public sealed class SamplingThresholdTests
{
    // The examples of the specification, and the ratio that L5 calls the floor.
    [Theory]
    [InlineData(1.0, "0")]
    [InlineData(0.5, "8")]
    [InlineData(0.25, "c")]
    [InlineData(0.125, "e")]
    [InlineData(0.01, "fd70a4")]
    [InlineData(0.005, "feb852")]
    public void A_ratio_is_said_in_the_words_of_the_specification(double ratio, string hex)
    {
        var threshold = SamplingThreshold.FromProbability(ratio);

        Assert.Equal(hex, threshold.Hex);
        Assert.True(SamplingThreshold.TryParse(hex, out var read));
        Assert.Equal(threshold, read);
    }

    [Theory]
    [InlineData(1.0, 1)]
    [InlineData(0.25, 4)]
    [InlineData(0.01, 100)]
    [InlineData(0.005, 200)]
    [InlineData(0.0001, 10000)]
    [InlineData(0, 0)]
    public void A_kept_trace_stands_for_the_inverse_of_the_ratio(double ratio, double count) =>
        Assert.Equal(count, SamplingThreshold.FromProbability(ratio).AdjustedCount, count * 0.0001);

    [Fact]
    public void Nothing_is_kept_at_zero_and_everything_at_one()
    {
        Assert.False(SamplingThreshold.FromProbability(0).Keeps((1UL << 56) - 1));
        Assert.False(SamplingThreshold.FromProbability(double.NaN).Keeps((1UL << 56) - 1));
        Assert.True(SamplingThreshold.FromProbability(1).Keeps(0));
    }

    [Fact]
    public void The_smallest_ratio_still_keeps_something_and_can_be_said()
    {
        var smallest = SamplingThreshold.FromProbability(double.Epsilon);

        Assert.True(smallest.Keeps((1UL << 56) - 1));
        Assert.Equal("ffffffffffffff", smallest.Hex);
    }

    [Fact]
    public void The_bound_itself_is_kept()
    {
        var half = SamplingThreshold.FromProbability(0.5);

        Assert.True(half.Keeps(1UL << 55));
        Assert.False(half.Keeps((1UL << 55) - 1));
    }

    [Fact]
    public void What_a_low_ratio_keeps_a_higher_one_keeps_too()
    {
        var random = new Random(4);
        for (var i = 0; i < 10_000; i++)
        {
            var (one, other, randomness) = (random.NextDouble(), random.NextDouble(), (ulong)random.NextInt64(1L << 56));
            var (low, high) = (SamplingThreshold.FromProbability(Math.Min(one, other)), SamplingThreshold.FromProbability(Math.Max(one, other)));
            Assert.True(!low.Keeps(randomness) || high.Keeps(randomness));
        }
    }

    [Fact]
    public void Every_ratio_survives_being_said_within_a_ten_thousandth()
    {
        var random = new Random(5);
        for (var i = 0; i < 10_000; i++)
        {
            var ratio = Math.Pow(10, -4 * random.NextDouble());
            Assert.True(SamplingThreshold.TryParse(SamplingThreshold.FromProbability(ratio).Hex, out var read));
            Assert.Equal(1 / ratio, read.AdjustedCount, 1 / ratio * 0.0001);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("C")]
    [InlineData("0x1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("123456789abcdef")]
    public void Anything_but_one_to_fourteen_small_digits_is_no_threshold(string hex) => Assert.False(SamplingThreshold.TryParse(hex, out _));

    [Fact]
    public void Trailing_zeros_may_stand_or_not()
    {
        Assert.True(SamplingThreshold.TryParse("c0000", out var long_));
        Assert.True(SamplingThreshold.TryParse("c", out var short_));
        Assert.Equal(short_, long_);
        Assert.Equal(0xc0000000000000UL, ulong.Parse("c0000000000000", NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Assert.Equal(0xc0000000000000UL, short_.Value);
    }
}

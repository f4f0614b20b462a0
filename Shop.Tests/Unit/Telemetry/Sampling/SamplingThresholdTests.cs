using System.Globalization;
using Shop.Telemetry.Sampling;

namespace Shop.Tests.Unit.Telemetry.Sampling;

public sealed class SamplingThresholdTests
{
    // The examples of the specification, and the default minimum probability.
    [Theory]
    [InlineData(1.0, "0")]
    [InlineData(0.5, "8")]
    [InlineData(0.25, "c")]
    [InlineData(0.125, "e")]
    [InlineData(0.01, "fd70a4")]
    [InlineData(0.005, "feb852")]
    public void Probability_is_encoded_as_in_the_specification(double probability, string hex)
    {
        var threshold = SamplingThreshold.FromProbability(probability);

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
    public void Adjusted_count_is_the_inverse_of_the_probability(double probability, double count) =>
        Assert.Equal(count, SamplingThreshold.FromProbability(probability).AdjustedCount, count * 0.0001);

    [Fact]
    public void Probability_of_zero_samples_nothing_and_of_one_everything()
    {
        Assert.False(SamplingThreshold.FromProbability(0).ShouldSample((1UL << 56) - 1));
        Assert.False(SamplingThreshold.FromProbability(double.NaN).ShouldSample((1UL << 56) - 1));
        Assert.True(SamplingThreshold.FromProbability(1).ShouldSample(0));
    }

    [Fact]
    public void Smallest_probability_samples_something_and_has_an_encoding()
    {
        var smallest = SamplingThreshold.FromProbability(double.Epsilon);

        Assert.True(smallest.ShouldSample((1UL << 56) - 1));
        Assert.Equal("ffffffffffffff", smallest.Hex);
    }

    [Fact]
    public void Randomness_equal_to_the_threshold_is_sampled()
    {
        var half = SamplingThreshold.FromProbability(0.5);

        Assert.True(half.ShouldSample(1UL << 55));
        Assert.False(half.ShouldSample((1UL << 55) - 1));
    }

    [Fact]
    public void Trace_sampled_with_a_low_probability_is_sampled_with_any_higher_one()
    {
        var random = new Random(4);
        for (var i = 0; i < 10_000; i++)
        {
            var (one, other, randomness) = (random.NextDouble(), random.NextDouble(), (ulong)random.NextInt64(1L << 56));
            var low = SamplingThreshold.FromProbability(Math.Min(one, other));
            var high = SamplingThreshold.FromProbability(Math.Max(one, other));
            Assert.True(!low.ShouldSample(randomness) || high.ShouldSample(randomness));
        }
    }

    [Fact]
    public void Encoding_preserves_the_probability_within_one_ten_thousandth()
    {
        var random = new Random(5);
        for (var i = 0; i < 10_000; i++)
        {
            var probability = Math.Pow(10, -4 * random.NextDouble());
            Assert.True(SamplingThreshold.TryParse(SamplingThreshold.FromProbability(probability).Hex, out var read));
            Assert.Equal(1 / probability, read.AdjustedCount, 1 / probability * 0.0001);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("C")]
    [InlineData("0x1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("123456789abcdef")]
    [InlineData("ffffffffffffff")]
    [InlineData("fffff8")]
    public void Malformed_threshold_is_rejected(string hex) => Assert.False(SamplingThreshold.TryParse(hex, out _));

    [Fact]
    public void Trailing_zeros_are_optional()
    {
        Assert.True(SamplingThreshold.TryParse("c0000", out var padded));
        Assert.True(SamplingThreshold.TryParse("c", out var trimmed));
        Assert.Equal(trimmed, padded);
        Assert.Equal(0xc0000000000000UL, ulong.Parse("c0000000000000", NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Assert.Equal(0xc0000000000000UL, trimmed.Value);
    }
}

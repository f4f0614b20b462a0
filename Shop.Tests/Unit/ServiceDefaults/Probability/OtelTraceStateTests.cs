using System.Diagnostics;
using Shop.Telemetry.Sampling;

namespace Shop.Tests.Unit.ServiceDefaults.Probability;

public sealed class OtelTraceStateTests
{
    private static readonly ActivityTraceId _trace = ActivityTraceId.CreateFromString("4bf92f3577b34da6a3ce929d0e0e4736");

    [Fact]
    public void Randomness_is_the_last_seven_bytes_of_the_trace_id() =>
        Assert.Equal(0xce929d0e0e4736UL, OtelTraceState.Randomness(_trace, null));

    [Fact]
    public void Explicit_randomness_goes_before_the_trace_id() =>
        Assert.Equal(0x9b8233f7e3a151UL, OtelTraceState.Randomness(_trace, "vendor=1,ot=th:c;rv:9b8233f7e3a151"));

    [Theory]
    [InlineData("ot=rv:9b8233f7e3a15")]
    [InlineData("ot=rv:9B8233F7E3A151")]
    [InlineData("ot=rv:")]
    [InlineData("other=rv:9b8233f7e3a151")]
    public void Malformed_randomness_is_none(string traceState) => Assert.Equal(0xce929d0e0e4736UL, OtelTraceState.Randomness(_trace, traceState));

    [Theory]
    [InlineData(null, "ot=th:c")]
    [InlineData("", "ot=th:c")]
    [InlineData("ot=th:8", "ot=th:c")]
    [InlineData("ot=th:8;rv:9b8233f7e3a151", "ot=th:c;rv:9b8233f7e3a151")]
    [InlineData("congo=t61rcWkgMzE,ot=th:8,rojo=00f067aa0ba902b7", "ot=th:c,congo=t61rcWkgMzE,rojo=00f067aa0ba902b7")]
    [InlineData("congo=1, rojo=2", "ot=th:c,congo=1,rojo=2")]
    public void A_decision_replaces_the_one_before_and_stands_in_front_of_other_vendors(string? before, string after) =>
        Assert.Equal(after, OtelTraceState.WithThreshold(before, SamplingThreshold.FromProbability(0.25)));

    [Fact]
    public void What_is_too_much_goes_from_the_end_and_whole()
    {
        var many = string.Join(',', Enumerable.Range(0, 40).Select(i => $"vendor{i}={new string('x', 20)}"));

        var after = OtelTraceState.WithThreshold(many, SamplingThreshold.FromProbability(0.01));

        Assert.True(after.Length <= 512);
        Assert.True(after.Split(',').Length <= 32);
        Assert.Equal("ot=th:fd70a4," + string.Join(',', many.Split(',').Take(after.Split(',').Length - 1)), after);
    }

    [Fact]
    public void Whatever_comes_in_the_answer_is_within_the_limits_and_says_the_decision()
    {
        const string Alphabet = "ot=th:;rv:,abcdef0123456789 \t=;,:\u00e4\0%";
        var random = new Random(6);
        for (var i = 0; i < 20_000; i++)
        {
            var hostile = string.Concat(Enumerable.Range(0, random.Next(700)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));

            OtelTraceState.TryGetThreshold(hostile, out _);
            OtelTraceState.Randomness(_trace, hostile);
            var after = OtelTraceState.WithThreshold(hostile, SamplingThreshold.FromProbability(0.01));

            Assert.True(OtelTraceState.TryGetThreshold(after, out var threshold));
            Assert.Equal("fd70a4", threshold.Hex);
            Assert.True(after.Length <= 512, after);
            Assert.True(after.Split(',').Length <= 32, after);
        }
    }
}

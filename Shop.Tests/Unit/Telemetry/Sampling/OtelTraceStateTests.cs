using System.Diagnostics;
using Shop.Telemetry.Sampling;

namespace Shop.Tests.Unit.Telemetry.Sampling;

public sealed class OtelTraceStateTests
{
    private static readonly ActivityTraceId _trace = ActivityTraceId.CreateFromString("4bf92f3577b34da6a3ce929d0e0e4736");

    [Fact]
    public void Randomness_is_the_last_seven_bytes_of_the_trace_id() =>
        Assert.Equal(0xce929d0e0e4736UL, OtelTraceState.GetRandomness(_trace, null));

    [Fact]
    public void Explicit_randomness_takes_precedence_over_the_trace_id() =>
        Assert.Equal(0x9b8233f7e3a151UL, OtelTraceState.GetRandomness(_trace, "vendor=1,ot=th:c;rv:9b8233f7e3a151"));

    [Theory]
    [InlineData("ot=rv:9b8233f7e3a15")]
    [InlineData("ot=rv:9B8233F7E3A151")]
    [InlineData("ot=rv:")]
    [InlineData("other=rv:9b8233f7e3a151")]
    public void Malformed_randomness_is_ignored(string traceState) =>
        Assert.Equal(0xce929d0e0e4736UL, OtelTraceState.GetRandomness(_trace, traceState));

    [Theory]
    [InlineData(null, "ot=th:c")]
    [InlineData("", "ot=th:c")]
    [InlineData("ot=th:8", "ot=th:c")]
    [InlineData("ot=th:8;rv:9b8233f7e3a151", "ot=th:c;rv:9b8233f7e3a151")]
    [InlineData("congo=t61rcWkgMzE,ot=th:8,rojo=00f067aa0ba902b7", "ot=th:c,congo=t61rcWkgMzE,rojo=00f067aa0ba902b7")]
    [InlineData("congo=1, rojo=2", "ot=th:c,congo=1,rojo=2")]
    public void New_threshold_replaces_the_old_one_and_moves_to_the_front(string? previous, string expected) =>
        Assert.Equal(expected, OtelTraceState.WithThreshold(previous, SamplingThreshold.FromProbability(0.25)));

    [Theory]
    [InlineData("01", "ot=th:8,congo=1", "ot=th:8,congo=1")]
    [InlineData("01", "congo=1", "congo=1")]
    [InlineData("01", null, null)]
    [InlineData("00", "ot=th:8,congo=1", "congo=1")] // not sampled, so there is no probability
    [InlineData("01", "ot=th:d,congo=1", "congo=1")] // the random bits begin with ce
    [InlineData("01", "ot=th:d", null)]
    [InlineData("01", "congo=1,ot=th:d;rv:c0000000000000", "ot=rv:c0000000000000,congo=1")]
    [InlineData("01", "ot=th:G,congo=1", "congo=1")]
    [InlineData("01", "ot=rv:ffffffffffffff;th:fffffc", "ot=rv:ffffffffffffff")] // 2^22
    [InlineData("01", "ot=rv:ffffffffffffff;th:ffffe", "ot=rv:ffffffffffffff;th:ffffe")] // 2^19
    public void Threshold_that_contradicts_the_context_is_removed(string flags, string? received, string? expected) =>
        Assert.Equal(expected, OtelTraceState.RemoveInvalidThreshold($"00-{_trace}-00f067aa0ba902b7-{flags}", received));

    [Fact]
    public void Members_beyond_the_limits_are_removed_whole_from_the_end()
    {
        var input = string.Join(',', Enumerable.Range(0, 40).Select(i => $"vendor{i}={new string('x', 20)}"));

        var result = OtelTraceState.WithThreshold(input, SamplingThreshold.FromProbability(0.01));

        Assert.True(result.Length <= 512);
        Assert.True(result.Split(',').Length <= 32);
        Assert.Equal("ot=th:fd70a4," + string.Join(',', input.Split(',').Take(result.Split(',').Length - 1)), result);
    }

    [Fact]
    public void Result_is_within_the_limits_and_has_the_threshold_when_the_input_is_arbitrary()
    {
        const string Alphabet = "ot=th:;rv:,abcdef0123456789 \t=;,:\u00e4\0%";
        var random = new Random(6);
        for (var i = 0; i < 20_000; i++)
        {
            var arbitrary = string.Concat(Enumerable.Range(0, random.Next(700)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));

            OtelTraceState.TryGetThreshold(arbitrary, out _);
            OtelTraceState.GetRandomness(_trace, arbitrary);
            OtelTraceState.RemoveInvalidThreshold($"00-{_trace}-00f067aa0ba902b7-01", arbitrary);
            var result = OtelTraceState.WithThreshold(arbitrary, SamplingThreshold.FromProbability(0.01));

            Assert.True(OtelTraceState.TryGetThreshold(result, out var threshold));
            Assert.Equal("fd70a4", threshold.Hex);
            Assert.True(result.Length <= 512, result);
            Assert.True(result.Split(',').Length <= 32, result);
        }
    }
}

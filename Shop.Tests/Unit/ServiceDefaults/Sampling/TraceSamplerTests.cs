using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry.Trace;
using Shop.Telemetry.Sampling;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.ServiceDefaults.Sampling;

public sealed class TraceSamplerTests : IDisposable
{
    private readonly Counted _counted = new();

    public void Dispose() => _counted.Dispose();

    [Theory]
    [InlineData(true, SamplingDecision.RecordAndSample)]
    [InlineData(false, SamplingDecision.RecordOnly)]
    public void A_child_does_as_its_parent_did_and_leaves_the_trace_state_alone(bool kept, SamplingDecision decision)
    {
        var sampler = Sampler(new() { Probability = kept ? 0 : 1 });
        var parent = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), kept ? ActivityTraceFlags.Recorded : default, "ot=th:8,congo=1", isRemote: true);

        var result = sampler.ShouldSample(new(parent, parent.TraceId, "anything", ActivityKind.Consumer));

        Assert.Equal(decision, result.Decision);
        Assert.Null(result.TraceStateString);
    }

    [Fact]
    public void Without_a_tail_nothing_is_recorded_that_is_not_kept()
    {
        var sampler = Sampler(new() { Probability = 0, TargetPerSecond = 0, Tail = { Enabled = false } });

        Assert.Equal(SamplingDecision.Drop, sampler.ShouldSample(Root("work")).Decision);
        Assert.Equal(SamplingDecision.Drop, sampler.ShouldSample(new(new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), default), default, "child", ActivityKind.Client)).Decision);
    }

    [Theory]
    [InlineData(0.25, "ot=th:c")]
    [InlineData(0.01, "ot=th:fd70a4")]
    [InlineData(1.0, "ot=th:0")]
    public void A_kept_trace_says_at_which_rate(double ratio, string traceState)
    {
        var sampler = Sampler(new() { Probability = ratio, TargetPerSecond = 0 });

        var result = sampler.ShouldSample(Root("work", "ffffffffffffffffffffffffffffffff"));

        Assert.Equal((SamplingDecision.RecordAndSample, traceState), (result.Decision, result.TraceStateString));
    }

    [Fact]
    public void Of_ten_thousand_traces_about_the_ratio_is_kept_and_counts_can_be_restored()
    {
        var sampler = Sampler(new() { Probability = 0.1, TargetPerSecond = 0 });
        var random = new Random(7);

        var kept = Enumerable.Range(0, 10_000).Count(_ => sampler.ShouldSample(Root("work", TraceId(random))).Decision == SamplingDecision.RecordAndSample);

        // Five standard deviations of a binomial distribution, sqrt(10000 * 0.1 * 0.9) = 30; the ids are fixed, so it never flakes.
        Assert.InRange(kept, 850, 1150);
        Assert.Equal(kept, _counted["shop.sampling.traces|default|True"]);
        Assert.Equal(10_000 - kept, _counted["shop.sampling.traces|default|False"]);
    }

    [Fact]
    public void A_request_is_decided_by_key_node_then_route_then_ratio()
    {
        var options = new TraceSamplingOptions { Probability = 0, TargetPerSecond = 0 };
        options.Rules["products"] = new() { Route = "^/api/v1/products", Probability = 0.5 };
        var sampler = Sampler(options);

        Assert.Equal((true, "ot=th:0"), Decide(sampler, "/api/v1/carts/{cartId}/checkout", "checkout"));
        Assert.Equal((true, "ot=th:8"), Decide(sampler, "/api/v1/products/{sku}", null));
        Assert.Equal((false, null), Decide(sampler, "/api/v1/carts/{cartId}", null));
        Assert.Equal((false, null), Decide(sampler, null, null));
        Assert.Equal(1, _counted["shop.sampling.traces|critical_route|True"]);
        Assert.Equal(1, _counted["shop.sampling.traces|products|True"]);
        Assert.Equal(2, _counted["shop.sampling.traces|default|False"]);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData("/metrics")]
    public void Probes_and_scrapes_make_no_span(string path)
    {
        var probe = new SamplingParameters(
            default, ActivityTraceId.CreateRandom(), "Microsoft.AspNetCore.Hosting.HttpRequestIn", ActivityKind.Server, [new("url.path", path)]);

        Assert.Equal(SamplingDecision.Drop, Sampler(new()).ShouldSample(probe).Decision);
        Assert.Equal(0, _counted["shop.sampling.traces|default|True"]);
    }

    // The first is what %2500 is decoded to; a sampler that throws ends the connection without an answer.
    [Theory]
    [InlineData("/%00")]
    [InlineData("/%")]
    [InlineData("")]
    public void A_path_of_any_kind_gets_an_answer(string path)
    {
        var request = new SamplingParameters(
            default, ActivityTraceId.CreateRandom(), "Microsoft.AspNetCore.Hosting.HttpRequestIn", ActivityKind.Server, [new("url.path", path)]);

        Assert.NotEqual(SamplingDecision.Drop, Sampler(new()).ShouldSample(request).Decision);
    }

    [Fact]
    public void Settings_that_change_hold_from_the_next_trace_on()
    {
        var settings = new Settings<TraceSamplingOptions>(new() { Probability = 1, TargetPerSecond = 0 });
        var sampler = new TraceSampler(new SamplingPolicyProvider(settings), _counted.Metrics, TimeProvider.System);

        Assert.Equal(SamplingDecision.RecordAndSample, sampler.ShouldSample(Root("work")).Decision);
        settings.Change(new() { Probability = 0, TargetPerSecond = 0 });
        Assert.Equal(SamplingDecision.RecordOnly, sampler.ShouldSample(Root("work")).Decision);
    }

    [Fact]
    public void Under_load_the_ratio_is_steered_to_the_target()
    {
        var time = new FakeTimeProvider();
        var sampler = new TraceSampler(new SamplingPolicyProvider(new Settings<TraceSamplingOptions>(new() { TargetPerSecond = 50 })), _counted.Metrics, time);
        var random = new Random(8);
        var kept = 0;
        for (var second = 0; second < 60; second++)
        {
            for (var i = 0; i < 1000; i++)
            {
                time.Advance(TimeSpan.FromMilliseconds(1));
                if (sampler.ShouldSample(Root("work", TraceId(random))).Decision == SamplingDecision.RecordAndSample && second >= 30)
                    kept++;
            }
        }

        // 30 s at 50 a second, within five standard deviations.
        Assert.InRange(kept, 1300, 1700);
    }

    private static (bool Kept, string? TraceState) Decide(TraceSampler sampler, string? route, string? node)
    {
        using var request = new Activity("request");
        request.SetParentId(ActivityTraceId.CreateFromString("ffffffffffffffffffffffffffffffff"), default);
        request.Start();
        sampler.Decide(request, route, node);
        return (request.Recorded, request.TraceStateString);
    }

    private static SamplingParameters Root(string name, string traceId = "00000000000000000000000000000001") =>
        new(default, ActivityTraceId.CreateFromString(traceId), name, ActivityKind.Internal);

    private static string TraceId(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    private TraceSampler Sampler(TraceSamplingOptions options) =>
        new(new SamplingPolicyProvider(new Settings<TraceSamplingOptions>(options)), _counted.Metrics, TimeProvider.System);
}

using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Sampling;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Telemetry.Sampling;

public sealed class TraceSamplerTests : IDisposable
{
    private readonly SamplingMetricsCollector _collector = new();
    private readonly HttpContextAccessor _http = new();

    public void Dispose() => _collector.Dispose();

    [Theory]
    [InlineData(true, SamplingDecision.RecordAndSample)]
    [InlineData(false, SamplingDecision.RecordOnly)]
    public void Child_span_follows_its_parent_and_does_not_change_the_trace_state(bool sampled, SamplingDecision decision)
    {
        var sampler = CreateSampler(new() { Probability = sampled ? 0 : 1 });
        var parent = new ActivityContext(
            ActivityTraceId.CreateRandom(),
            ActivitySpanId.CreateRandom(),
            sampled ? ActivityTraceFlags.Recorded : default,
            "ot=th:8,congo=1",
            isRemote: true);

        var result = sampler.ShouldSample(new(parent, parent.TraceId, "anything", ActivityKind.Consumer));

        Assert.Equal(decision, result.Decision);
        Assert.Null(result.TraceStateString);
    }

    [Fact]
    public void Unsampled_span_is_dropped_when_tail_sampling_is_disabled()
    {
        var sampler = CreateSampler(new() { Probability = 0, TargetPerSecond = 0, Tail = { Enabled = false } });
        var parent = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), default);

        Assert.Equal(SamplingDecision.Drop, sampler.ShouldSample(Root("work")).Decision);
        Assert.Equal(SamplingDecision.Drop, sampler.ShouldSample(new(parent, default, "child", ActivityKind.Client)).Decision);
    }

    [Theory]
    [InlineData(0.25, "ot=th:c")]
    [InlineData(0.01, "ot=th:fd70a4")]
    [InlineData(1.0, "ot=th:0")]
    public void Sampled_trace_has_its_threshold_in_the_trace_state(double probability, string traceState)
    {
        var sampler = CreateSampler(new() { Probability = probability, TargetPerSecond = 0 });

        var result = sampler.ShouldSample(Root("work", "ffffffffffffffffffffffffffffffff"));

        Assert.Equal((SamplingDecision.RecordAndSample, traceState), (result.Decision, result.TraceStateString));
    }

    [Fact]
    public void Share_of_sampled_traces_matches_the_probability_and_every_decision_is_counted()
    {
        var sampler = CreateSampler(new() { Probability = 0.1, TargetPerSecond = 0 });
        var random = new Random(7);

        var sampled = Enumerable.Range(0, 10_000)
            .Count(_ => sampler.ShouldSample(Root("work", TraceId(random))).Decision == SamplingDecision.RecordAndSample);

        // Five standard deviations of a binomial distribution, sqrt(10000 * 0.1 * 0.9) = 30; the ids are fixed, so the result is too.
        Assert.InRange(sampled, 850, 1150);
        Assert.Equal(sampled, _collector["shop.sampling.traces|default|True"]);
        Assert.Equal(10_000 - sampled, _collector["shop.sampling.traces|default|False"]);
    }

    [Fact]
    public void Request_is_sampled_by_critical_route_then_by_route_rule_then_by_probability()
    {
        var options = new TraceSamplingOptions { Probability = 0, TargetPerSecond = 0 };
        options.Rules["products"] = new() { Route = "^/api/v1/products", Probability = 0.5 };
        var sampler = CreateSampler(options);

        Assert.Equal((true, "ot=th:0"), SampleByRoute(sampler, "/api/v1/carts/{cartId}/checkout", "checkout"));
        Assert.Equal((true, "ot=th:8"), SampleByRoute(sampler, "/api/v1/products/{sku}", null));
        Assert.Equal((false, null), SampleByRoute(sampler, "/api/v1/carts/{cartId}", null));
        Assert.Equal((false, null), SampleByRoute(sampler, null, null));
        Assert.Equal(1, _collector["shop.sampling.traces|critical_route|True"]);
        Assert.Equal(1, _collector["shop.sampling.traces|products|True"]);
        Assert.Equal(2, _collector["shop.sampling.traces|default|False"]);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData("/metrics")]
    [InlineData("/health/")]
    [InlineData("/alive/")]
    [InlineData("/metrics/")]
    public void Probe_or_scrape_request_creates_no_span(string path)
    {
        Assert.Equal(SamplingDecision.Drop, CreateSampler(new()).ShouldSample(Request(path)).Decision);
        Assert.Equal(0, _collector["shop.sampling.traces|default|True"]);
    }

    [Fact]
    public void Request_that_does_not_reach_its_route_is_sampled_with_the_probability_of_the_others()
    {
        var time = new FakeTimeProvider();
        var sampler = CreateSampler(new() { TargetPerSecond = 1 }, time);
        for (var i = 0; i < 3000; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            SampleByRoute(sampler, "/api/v1/products", null);
        }

        var low = Request("/unknown", "00000000000000000080000000000000");
        var high = Request("/unknown", "ffffffffffffffffffffffffffffffff");
        Assert.Equal(SamplingDecision.RecordOnly, sampler.ShouldSample(low).Decision);
        Assert.Equal(SamplingDecision.RecordAndSample, sampler.ShouldSample(high).Decision);
        Assert.Equal(3000, _collector["shop.sampling.traces|default|True"] + _collector["shop.sampling.traces|default|False"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.9)]
    public void Busy_service_buffers_a_target_number_of_requests_that_are_not_sampled(double probability)
    {
        var time = new FakeTimeProvider();
        var options = new TraceSamplingOptions
        {
            Probability = probability,
            TargetPerSecond = 0,
            Tail = { BufferedTracesPerSecond = 50 },
        };
        var sampler = CreateSampler(options, time);
        var random = new Random(9);
        var decisions = new List<SamplingDecision>();
        for (var request = 0; request < 60_000; request++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            decisions.Add(sampler.ShouldSample(Request("/api/v1/products", TraceId(random))).Decision);
        }

        // 30 s at 50 requests per second, within five standard deviations.
        Assert.InRange(decisions[30_000..].Count(decision => decision == SamplingDecision.RecordOnly), 1300, 1700);
        // 60,000 requests, within five standard deviations.
        var sampled = decisions.Count(decision => decision == SamplingDecision.RecordAndSample);
        Assert.InRange(sampled, probability * 60_000 - 367, probability * 60_000 + 367);
    }

    [Fact]
    public void Services_that_are_equally_busy_buffer_the_same_requests()
    {
        TraceSampler[] services = [CreateBusyService(), CreateBusyService()];
        var random = new Random(10);
        for (var request = 0; request < 100; request++)
        {
            var traceId = ActivityTraceId.CreateFromString(TraceId(random));
            var parent = new ActivityContext(traceId, ActivitySpanId.CreateRandom(), default, isRemote: true);
            var span = new SamplingParameters(
                parent, traceId, "Microsoft.AspNetCore.Hosting.HttpRequestIn", ActivityKind.Server);
            Assert.Single(services.Select(service => service.ShouldSample(span).Decision).Distinct());
        }

        TraceSampler CreateBusyService()
        {
            var sampler = CreateSampler(new() { Tail = { BufferedTracesPerSecond = 50 } }, new FakeTimeProvider());
            for (var request = 0; request < 100; request++)
            {
                sampler.ShouldSample(Request("/api/v1/products", "00000000000000000000000000000001"));
            }

            return sampler;
        }
    }

    [Fact]
    public void Span_below_a_probe_is_not_recorded()
    {
        using var probe = new Activity("probe") { IsAllDataRequested = false }.Start();

        var decision = CreateSampler(new()).ShouldSample(new(probe.Context, probe.TraceId, "ping", ActivityKind.Client)).Decision;

        Assert.Equal(SamplingDecision.Drop, decision);
    }

    [Fact]
    public void Unsampled_span_is_not_recorded_when_nothing_is_exported()
    {
        var sampler = CreateSampler(new() { Probability = 0, TargetPerSecond = 0 }, isExporting: false);
        var parent = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), default, isRemote: true);

        Assert.Equal(SamplingDecision.Drop, sampler.ShouldSample(Root("work")).Decision);
        Assert.Equal(SamplingDecision.Drop, sampler.ShouldSample(new(parent, parent.TraceId, "call", ActivityKind.Server)).Decision);
    }

    [Fact]
    public void Deferred_work_of_a_critical_route_is_sampled()
    {
        var sampler = CreateSampler(new() { Probability = 0, TargetPerSecond = 0 });
        using var source = new ActivitySource($"{nameof(TraceSamplerTests)}.{Guid.NewGuid():n}");
        using var provider = Sdk.CreateTracerProviderBuilder().AddSource(source.Name).SetSampler(sampler).Build();
        var snapshot = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00 session.id=s-1";

        using (var work = source.StartLinkedActivity("expire", snapshot))
        {
            Assert.False(work.Span!.Recorded);
        }

        using (var work = source.StartLinkedActivity("expire", $"{snapshot},shop.critical_route=checkout"))
        {
            Assert.Equal((true, "ot=th:0"), (work.Span!.Recorded, work.Span.TraceStateString));
        }
    }

    // The first path is the decoded form of %2500. An exception in the sampler would close the connection without a response.
    [Theory]
    [InlineData("/%00")]
    [InlineData("/%")]
    [InlineData("")]
    public void Malformed_path_does_not_make_the_sampler_throw(string path) =>
        Assert.NotEqual(SamplingDecision.Drop, CreateSampler(new()).ShouldSample(Request(path)).Decision);

    [Fact]
    public void Changed_settings_apply_to_the_next_trace()
    {
        var settings = new TestOptionsMonitor<TraceSamplingOptions>(new() { Probability = 1, TargetPerSecond = 0 });
        var sampler = new TraceSampler(
            new SamplingPolicyProvider(settings),
            new(TimeProvider.System),
            _collector.Metrics,
            TimeProvider.System,
            _http,
            isExporting: true);

        Assert.Equal(SamplingDecision.RecordAndSample, sampler.ShouldSample(Root("work")).Decision);
        settings.Change(new() { Probability = 0, TargetPerSecond = 0 });
        Assert.Equal(SamplingDecision.RecordOnly, sampler.ShouldSample(Root("work")).Decision);
    }

    [Fact]
    public void Rate_of_sampled_traces_converges_to_the_target_under_load()
    {
        var time = new FakeTimeProvider();
        var sampler = CreateSampler(new() { TargetPerSecond = 50 }, time);
        var random = new Random(8);
        var sampled = 0;
        for (var second = 0; second < 60; second++)
        {
            for (var i = 0; i < 1000; i++)
            {
                time.Advance(TimeSpan.FromMilliseconds(1));
                var decision = sampler.ShouldSample(Root("work", TraceId(random))).Decision;
                if (decision == SamplingDecision.RecordAndSample && second >= 30)
                {
                    sampled++;
                }
            }
        }

        // 30 s at 50 traces per second, within five standard deviations.
        Assert.InRange(sampled, 1300, 1700);
    }

    private static (bool Sampled, string? TraceState) SampleByRoute(TraceSampler sampler, string? route, string? criticalRoute)
    {
        using var request = new Activity("request");
        request.SetParentId(ActivityTraceId.CreateFromString("ffffffffffffffffffffffffffffffff"), default);
        request.Start();
        sampler.SampleByRoute(request, route, criticalRoute);
        return (request.Recorded, request.TraceStateString);
    }

    private SamplingParameters Request(string path, string? traceId = null)
    {
        _http.HttpContext = new DefaultHttpContext { Request = { Path = new PathString(path) } };
        return new(
            default,
            traceId is null ? ActivityTraceId.CreateRandom() : ActivityTraceId.CreateFromString(traceId),
            "Microsoft.AspNetCore.Hosting.HttpRequestIn",
            ActivityKind.Server);
    }

    private static SamplingParameters Root(string name, string traceId = "00000000000000000000000000000001") =>
        new(default, ActivityTraceId.CreateFromString(traceId), name, ActivityKind.Internal);

    private static string TraceId(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    private TraceSampler CreateSampler(TraceSamplingOptions options, TimeProvider? time = null, bool isExporting = true)
    {
        var policyProvider = new SamplingPolicyProvider(new TestOptionsMonitor<TraceSamplingOptions>(options));
        time ??= TimeProvider.System;
        return new(policyProvider, new(time), _collector.Metrics, time, _http, isExporting);
    }
}

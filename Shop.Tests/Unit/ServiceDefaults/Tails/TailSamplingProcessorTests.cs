using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Telemetry.Sampling;
using Shop.Telemetry.Sampling.Tail;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.ServiceDefaults.Tails;

public sealed class TailSamplingProcessorTests : IDisposable
{
    private readonly Counted _counted = new();
    private readonly Exported _exported = new();
    private readonly ActivitySource _source = new($"{nameof(TailSamplingProcessorTests)}.{Guid.NewGuid():n}");
    private TracerProvider? _provider;

    public void Dispose()
    {
        _provider?.Dispose();
        _source.Dispose();
        _counted.Dispose();
    }

    [Fact]
    public void What_went_well_and_fast_is_let_go()
    {
        Listen(new());
        using (Begin())
        using (_source.StartActivity("child"))
        {
        }

        Assert.Empty(_exported.Spans);
        Assert.Equal(1, _counted["shop.sampling.tail.traces|none|False"]);
    }

    [Fact]
    public void A_failure_keeps_all_that_this_service_did_and_counts_for_nothing_more()
    {
        Listen(new());
        using (Begin())
        {
            using (_source.StartActivity("before"))
            {
            }

            using (var failing = _source.StartActivity("failing"))
                failing!.SetStatus(ActivityStatusCode.Error);
            using (_source.StartActivity("after"))
            {
            }
        }

        Assert.Equal(["before", "failing", "after", "root"], _exported.Spans.Select(span => span.OperationName));
        Assert.All(_exported.Spans, span => Assert.Equal((0d, "error"), (span.GetTagItem(SamplingAttributes.AdjustedCount), span.GetTagItem(SamplingAttributes.Reason))));
        Assert.All(_exported.Spans, span => Assert.True(span.Recorded));
        Assert.Equal(1, _counted["shop.sampling.tail.traces|error|True"]);
    }

    [Fact]
    public void A_5xx_is_a_failure_and_so_is_an_exception()
    {
        Listen(new());
        using (var root = Begin())
            root!.SetTag("http.response.status_code", 503);
        using (var root = Begin())
            root!.AddException(new InvalidOperationException());
        using (var root = Begin())
            root!.SetTag("http.response.status_code", 404);

        Assert.Equal(2, _exported.Spans.Count);
    }

    [Fact]
    public void What_was_slow_is_kept()
    {
        Listen(new() { LatencyThreshold = TimeSpan.FromSeconds(2) });
        var since = DateTime.UtcNow;
        using (var root = Begin())
            root!.SetStartTime(since).SetEndTime(since.AddSeconds(2));
        using (var root = Begin())
            root!.SetStartTime(since).SetEndTime(since.AddSeconds(1.9));

        Assert.Equal("slow", Assert.Single(_exported.Spans).GetTagItem(SamplingAttributes.Reason));
    }

    [Fact]
    public void Kept_traces_pass_at_once_and_carry_their_weight()
    {
        Listen(new());
        using (Begin(kept: true, traceState: "ot=th:c"))
        {
            using (_source.StartActivity("child"))
            {
            }

            Assert.Equal(4d, Assert.Single(_exported.Spans).GetTagItem(SamplingAttributes.AdjustedCount));
        }

        Assert.Equal(2, _exported.Spans.Count);
        Assert.All(_exported.Spans, span => Assert.Null(span.GetTagItem(SamplingAttributes.Reason)));
    }

    [Theory]
    [InlineData("ot=th:0")]
    [InlineData("congo=1")]
    [InlineData(null)]
    public void Where_nothing_was_left_out_or_nobody_said_how_much_there_is_no_weight(string? traceState)
    {
        Listen(new());
        using (Begin(kept: true, traceState))
        {
        }

        Assert.Null(Assert.Single(_exported.Spans).GetTagItem(SamplingAttributes.AdjustedCount));
    }

    [Fact]
    public void Two_requests_of_one_trace_at_once_are_one_part_of_it()
    {
        Listen(new());
        var trace = ActivityTraceId.CreateRandom();
        var first = Begin(trace: trace);
        Activity.Current = null;
        var second = Begin(trace: trace);

        second!.SetStatus(ActivityStatusCode.Error);
        second.Dispose();
        Assert.Empty(_exported.Spans);
        first!.Dispose();
        Assert.Equal(2, _exported.Spans.Count);
    }

    [Fact]
    public void A_trace_that_is_decided_for_while_it_runs_brings_along_what_was_held()
    {
        Listen(new());
        using (var root = Begin())
        {
            using (_source.StartActivity("early"))
            {
            }

            root!.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
            root.TraceStateString = "ot=th:0";
        }

        Assert.Equal(["early", "root"], _exported.Spans.Select(span => span.OperationName).Order());
    }

    [Fact]
    public void What_starts_after_the_end_of_a_kept_trace_is_kept_with_it()
    {
        Listen(new());
        var root = Begin();
        root!.SetStatus(ActivityStatusCode.Error);
        root.Dispose();
        _source.StartActivity("told of afterwards", ActivityKind.Client, root.Context)!.Dispose();

        Assert.Equal(2, _exported.Spans.Count);
        Assert.All(_exported.Spans, span => Assert.Equal((0d, "error"), (span.GetTagItem(SamplingAttributes.AdjustedCount), span.GetTagItem(SamplingAttributes.Reason))));
    }

    [Fact]
    public void One_trace_holds_so_many_spans_and_no_more()
    {
        Listen(new() { MaxSpansPerTrace = 10 });
        using (var root = Begin())
        {
            root!.SetStatus(ActivityStatusCode.Error);
            for (var i = 0; i < 25; i++)
                _source.StartActivity("child")!.Dispose();
        }

        Assert.Equal(10, _exported.Spans.Count);
        Assert.Equal(16, _counted["shop.sampling.tail.dropped|trace"]);
    }

    [Fact]
    public void All_traces_together_hold_so_many_spans_and_the_oldest_goes_first()
    {
        Listen(new() { MaxSpans = 1600, MaxSpansPerTrace = 100 });
        var open = new List<Activity>();
        for (var i = 0; i < 400; i++)
        {
            Activity.Current = null;
            var root = Begin()!;
            for (var child = 0; child < 10; child++)
                _source.StartActivity("child")!.Dispose();
            open.Add(root);
        }

        // 4000 spans were told to wait, 1600 may.
        Assert.InRange(_counted["shop.sampling.tail.dropped|all"], 2400, 2600);
        foreach (var root in open)
        {
            root.SetStatus(ActivityStatusCode.Error);
            root.Dispose();
        }

        Assert.InRange(_exported.Spans.Count, 1400, 1760);
        Assert.Contains(_exported.Spans, span => span.TraceId == open[^1].TraceId);
        Assert.DoesNotContain(_exported.Spans, span => span.TraceId == open[0].TraceId);
    }

    [Fact]
    public void Spans_whose_end_is_never_told_cost_no_more_than_the_limit()
    {
        Listen(new() { MaxSpans = 160 });
        for (var i = 0; i < 10_000; i++)
        {
            Activity.Current = null;
            using var filtered = Begin();
            filtered!.IsAllDataRequested = false;
        }

        Activity.Current = null;
        using (var root = Begin())
            root!.SetStatus(ActivityStatusCode.Error);
        Assert.Single(_exported.Spans);
    }

    private Activity? Begin(bool kept = false, string? traceState = null, ActivityTraceId? trace = null) => _source.StartActivity(
        "root", ActivityKind.Server,
        new ActivityContext(trace ?? ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), kept ? ActivityTraceFlags.Recorded : default, traceState, isRemote: true));

    private void Listen(TailSamplingOptions tail)
    {
        var plan = new SamplingPolicyProvider(new Settings<TraceSamplingOptions>(new() { Tail = tail }));
        _provider = Sdk.CreateTracerProviderBuilder()
            .AddSource(_source.Name)
            .SetSampler(new TraceSampler(plan, _counted.Metrics, TimeProvider.System))
            .AddProcessor(new TailSamplingProcessor(new SimpleActivityExportProcessor(_exported), plan, _counted.Metrics))
            .Build();
    }
}

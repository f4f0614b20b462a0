using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Telemetry.Sampling;
using Shop.Telemetry.Sampling.Tail;
using Shop.Telemetry.Tracing;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Telemetry.Sampling;

public sealed class TailSamplingProcessorTests : IDisposable
{
    private readonly SamplingMetricsCollector _collector = new();
    private readonly InMemorySpanExporter _exporter = new();
    private readonly ActivitySource _source = new($"{nameof(TailSamplingProcessorTests)}.{Guid.NewGuid():n}");
    private readonly FakeTimeProvider _time = new();
    private TraceSampler? _sampler;
    private SpanPipeline? _pipeline;
    private TracerProvider? _provider;

    public void Dispose()
    {
        _provider?.Dispose();
        _source.Dispose();
        _collector.Dispose();
    }

    [Fact]
    public void Successful_fast_trace_is_dropped()
    {
        StartTracing(new());
        using (StartRequest())
        using (_source.StartActivity("child"))
        {
        }

        Assert.Empty(_exporter.Spans);
        Assert.Equal(1, _collector["shop.sampling.tail.traces|none|False"]);
    }

    [Fact]
    public void Failed_trace_is_exported_whole_with_an_adjusted_count_of_zero()
    {
        StartTracing(new());
        using (StartRequest())
        {
            using (_source.StartActivity("before"))
            {
            }

            using (var failing = _source.StartActivity("failing"))
            {
                failing!.SetStatus(ActivityStatusCode.Error);
            }

            using (_source.StartActivity("after"))
            {
            }
        }

        Assert.Equal(["before", "failing", "after", "root"], _exporter.Spans.Select(span => span.OperationName));
        Assert.All(_exporter.Spans, span => Assert.Equal((0d, "error"), TailAttributesOf(span)));
        Assert.All(_exporter.Spans, span => Assert.True(span.Recorded));
        Assert.Equal(1, _collector["shop.sampling.tail.traces|error|True|True"]);
    }

    [Fact]
    public void Trace_with_a_5xx_status_or_an_exception_is_exported()
    {
        StartTracing(new());
        using (var root = StartRequest())
        {
            root!.SetTag("http.response.status_code", 503);
        }

        using (var root = StartRequest())
        {
            root!.AddException(new InvalidOperationException());
        }

        using (var root = StartRequest())
        {
            root!.SetTag("http.response.status_code", 404);
        }

        Assert.Equal(2, _exporter.Spans.Count);
    }

    [Fact]
    public void Slow_trace_is_exported()
    {
        StartTracing(new() { LatencyThreshold = TimeSpan.FromSeconds(2) });
        var start = DateTime.UtcNow;
        using (var root = StartRequest())
        {
            root!.SetStartTime(start).SetEndTime(start.AddSeconds(2));
        }

        using (var root = StartRequest())
        {
            root!.SetStartTime(start).SetEndTime(start.AddSeconds(1.9));
        }

        Assert.Equal("slow", Assert.Single(_exporter.Spans).GetTagItem(SamplingAttributes.Reason));
    }

    [Fact]
    public void Span_of_a_sampled_trace_is_exported_at_once_with_its_adjusted_count()
    {
        StartTracing(new());
        using (StartRequest(sampled: true, traceState: "ot=th:c"))
        {
            using (_source.StartActivity("child"))
            {
            }

            Assert.Equal(4d, Assert.Single(_exporter.Spans).GetTagItem(SamplingAttributes.AdjustedCount));
        }

        Assert.Equal(2, _exporter.Spans.Count);
        Assert.All(_exporter.Spans, span => Assert.Null(span.GetTagItem(SamplingAttributes.Reason)));
    }

    [Theory]
    [InlineData("ot=th:0", 1d)]
    [InlineData("congo=1", null)]
    [InlineData("ot=th:fffffffffffff", null)] // 2^52: beyond the limit
    [InlineData(null, null)]
    public void Adjusted_count_is_absent_when_the_probability_is_unknown(string? traceState, double? count)
    {
        StartTracing(new());
        using (StartRequest(sampled: true, traceState))
        {
        }

        Assert.Equal(count, Assert.Single(_exporter.Spans).GetTagItem(SamplingAttributes.AdjustedCount));
    }

    [Fact]
    public void Failed_traces_of_a_route_are_limited_and_those_over_the_limit_are_counted()
    {
        StartTracing(new() { MaxTracesPerSecond = 10 });
        FailRequests(25, "/carts");
        FailRequests(5, "/products");

        Assert.Equal(10, _exporter.Spans.Count(span => span.GetTagItem("http.route") is "/carts"));
        Assert.Equal(5, _exporter.Spans.Count(span => span.GetTagItem("http.route") is "/products"));
        Assert.Equal(15, _collector["shop.sampling.tail.traces|error|True|True"]);
        Assert.Equal(15, _collector["shop.sampling.tail.traces|error|False"]);

        _time.Advance(TimeSpan.FromSeconds(0.5));
        FailRequests(25, "/carts");
        Assert.Equal(15, _exporter.Spans.Count(span => span.GetTagItem("http.route") is "/carts"));
    }

    [Theory]
    [InlineData("http.response.status_code", 404)]
    [InlineData("rpc.response.status_code", "NOT_FOUND")]
    [InlineData("rpc.response.status_code", "CANCELLED")]
    [InlineData("db.response.status_code", "23505")]
    [InlineData("db.response.status_code", "40001")]
    public void Error_that_the_caller_expects_does_not_make_its_trace_sampled(string attribute, object value)
    {
        StartTracing(new());
        using (StartRequest())
        using (var call = _source.StartActivity("call", ActivityKind.Client))
        {
            call!.SetTag(attribute, value).SetStatus(ActivityStatusCode.Error);
            call.AddException(new InvalidOperationException());
        }

        Assert.Empty(_exporter.Spans);
    }

    [Theory]
    [InlineData("http.response.status_code", 503)]
    [InlineData("rpc.response.status_code", "UNAVAILABLE")]
    [InlineData("db.response.status_code", "57P03")]
    public void Error_of_a_dependency_makes_its_trace_sampled(string attribute, object value)
    {
        StartTracing(new());
        using (StartRequest())
        using (var call = _source.StartActivity("call", ActivityKind.Client))
        {
            call!.SetTag(attribute, value).SetStatus(ActivityStatusCode.Error);
        }

        Assert.Equal(2, _exporter.Spans.Count);
    }

    [Fact]
    public void Canceled_calls_of_a_caller_that_disconnected_do_not_make_its_trace_sampled()
    {
        StartTracing(new());
        using (var request = StartRequest())
        {
            using (var call = _source.StartActivity("call", ActivityKind.Client))
            {
                call!.SetStatus(ActivityStatusCode.Error);
            }

            _sampler!.SampleByResponse(request, "/carts", 500, TimeSpan.Zero, isClientDisconnected: true);
        }

        Assert.Empty(_exporter.Spans);
    }

    [Fact]
    public void Failed_request_is_sampled_before_it_ends_and_exported_whole()
    {
        StartTracing(new() { MaxTracesPerSecond = 1 });
        for (var i = 0; i < 3; i++)
        {
            using var request = StartRequest(traceState: "congo=1");
            _source.StartActivity("call", ActivityKind.Client)!.Dispose();
            request!.SetTag("http.route", "/carts").SetTag("http.response.status_code", 500);
            _sampler!.SampleByResponse(request, "/carts", 500, TimeSpan.Zero, isClientDisconnected: false);

            Assert.Equal(i == 0, request.Recorded);
        }

        Assert.Equal(["call", "root"], _exporter.Spans.Select(span => span.OperationName).Order());
        Assert.All(_exporter.Spans, span => Assert.Equal((0d, "error"), TailAttributesOf(span)));
        Assert.Equal(1, _collector["shop.sampling.tail.traces|error|True|True"]);
        Assert.Equal(2, _collector["shop.sampling.tail.traces|error|False"]);
    }

    [Theory]
    [InlineData(false, "db.system.name", false)]
    [InlineData(false, "server.address", true)]
    [InlineData(true, "db.system.name", true)]
    public void Sampled_trace_is_counted_as_partial_when_other_services_take_part(bool remoteParent, string attribute, bool partial)
    {
        StartTracing(new());
        using (var root = remoteParent ? StartRequest() : _source.StartActivity("root", ActivityKind.Server))
        {
            root!.SetStatus(ActivityStatusCode.Error);
            using var call = _source.StartActivity("call", ActivityKind.Client);
            call!.SetTag(attribute, "x");
        }

        Assert.Equal(1, _collector[$"shop.sampling.tail.traces|error|True|{partial}"]);
    }

    [Fact]
    public void Span_that_ends_after_the_tail_decision_is_counted()
    {
        StartTracing(new());
        var root = StartRequest();
        var late = _source.StartActivity("late");
        root!.Dispose();
        late!.Dispose();
        // As the instrumentation of Redis reports a command.
        Activity.Current = null;
        _source.StartActivity("reported", ActivityKind.Client, root.Context)!.Dispose();

        Assert.Equal(1, _collector["shop.sampling.tail.dropped|late"]);
    }

    [Fact]
    public void Other_processors_have_seen_a_span_when_it_is_exported()
    {
        StartTracing(new());
        var added = new OrderProcessor(_exporter);
        _pipeline!.AddProcessor(added);
        using (StartRequest(sampled: true))
        {
        }

        Assert.Single(_exporter.Spans);
        Assert.Equal(0, added.ExportedAtEnd);
    }

    [Fact]
    public void Concurrent_requests_of_one_trace_share_one_tail_decision()
    {
        StartTracing(new());
        var traceId = ActivityTraceId.CreateRandom();
        var first = StartRequest(traceId: traceId);
        Activity.Current = null;
        var second = StartRequest(traceId: traceId);

        second!.SetStatus(ActivityStatusCode.Error);
        second.Dispose();
        Assert.Empty(_exporter.Spans);
        first!.Dispose();
        Assert.Equal(2, _exporter.Spans.Count);
    }

    [Fact]
    public void Buffered_spans_are_exported_when_the_trace_becomes_sampled_while_it_runs()
    {
        StartTracing(new());
        using (var root = StartRequest())
        {
            using (_source.StartActivity("early"))
            {
            }

            root!.ActivityTraceFlags |= ActivityTraceFlags.Recorded;
            root.TraceStateString = "ot=th:0";
        }

        Assert.Equal(["early", "root"], _exporter.Spans.Select(span => span.OperationName).Order());
    }

    [Fact]
    public void Span_that_starts_after_the_end_of_its_tail_sampled_parent_is_exported()
    {
        StartTracing(new());
        var root = StartRequest();
        root!.SetStatus(ActivityStatusCode.Error);
        root.Dispose();
        _source.StartActivity("reported late", ActivityKind.Client, root.Context)!.Dispose();

        Assert.Equal(2, _exporter.Spans.Count);
        Assert.All(_exporter.Spans, span => Assert.Equal((0d, "error"), TailAttributesOf(span)));
    }

    [Fact]
    public void Further_spans_are_dropped_when_the_limit_of_a_trace_is_reached()
    {
        StartTracing(new() { MaxSpansPerTrace = 10 });
        using (var root = StartRequest())
        {
            root!.SetStatus(ActivityStatusCode.Error);
            for (var i = 0; i < 25; i++)
            {
                _source.StartActivity("child")!.Dispose();
            }
        }

        Assert.Equal(10, _exporter.Spans.Count);
        Assert.Equal(16, _collector["shop.sampling.tail.dropped|max_spans_per_trace"]);
    }

    [Fact]
    public void Oldest_trace_is_dropped_when_the_buffer_is_full()
    {
        StartTracing(new() { MaxSpans = 1600, MaxSpansPerTrace = 100, MaxTracesPerSecond = 1_000_000 });
        var open = new List<Activity>();
        for (var i = 0; i < 400; i++)
        {
            Activity.Current = null;
            var root = StartRequest()!;
            for (var child = 0; child < 10; child++)
            {
                _source.StartActivity("child")!.Dispose();
            }

            open.Add(root);
        }

        // 4000 spans have ended, and the buffer holds 1600.
        Assert.InRange(_collector["shop.sampling.tail.dropped|max_spans"], 2400, 2600);
        foreach (var root in open)
        {
            root.SetStatus(ActivityStatusCode.Error);
            root.Dispose();
        }

        Assert.InRange(_exporter.Spans.Count, 1400, 1760);
        Assert.Contains(_exporter.Spans, span => span.TraceId == open[^1].TraceId);
        Assert.DoesNotContain(_exporter.Spans, span => span.TraceId == open[0].TraceId);
    }

    [Fact]
    public void Buffer_limit_holds_when_spans_never_end()
    {
        StartTracing(new() { MaxSpans = 160 });
        for (var i = 0; i < 10_000; i++)
        {
            Activity.Current = null;
            using var filtered = StartRequest();
            filtered!.IsAllDataRequested = false;
        }

        Activity.Current = null;
        using (var root = StartRequest())
        {
            root!.SetStatus(ActivityStatusCode.Error);
        }

        Assert.Single(_exporter.Spans);
    }

    private Activity? StartRequest(bool sampled = false, string? traceState = null, ActivityTraceId? traceId = null)
    {
        var parent = new ActivityContext(
            traceId ?? ActivityTraceId.CreateRandom(),
            ActivitySpanId.CreateRandom(),
            sampled ? ActivityTraceFlags.Recorded : default,
            traceState,
            isRemote: true);
        return _source.StartActivity("root", ActivityKind.Server, parent);
    }

    private static (object? AdjustedCount, object? Reason) TailAttributesOf(Activity span) =>
        (span.GetTagItem(SamplingAttributes.AdjustedCount), span.GetTagItem(SamplingAttributes.Reason));

    private void StartTracing(TailSamplingOptions tail)
    {
        var policyProvider = new SamplingPolicyProvider(new TestOptionsMonitor<TraceSamplingOptions>(
            new() { Probability = 0, TargetPerSecond = 0, Tail = tail }));
        var limiter = new TailSamplingLimiter(_time);
        _sampler = new TraceSampler(
            policyProvider, limiter, _collector.Metrics, _time, new HttpContextAccessor(), isExporting: true);
        _pipeline = new SpanPipeline(
            [new JourneySpanProcessor()],
            new TailSamplingProcessor(
                [new SpanExport(new SimpleActivityExportProcessor(_exporter))], policyProvider, limiter, _collector.Metrics));
        _provider = Sdk.CreateTracerProviderBuilder()
            .AddSource(_source.Name)
            .SetSampler(_sampler)
            .AddProcessor(_pipeline)
            .Build();
    }

    private void FailRequests(int count, string route)
    {
        for (var i = 0; i < count; i++)
        {
            using var request = StartRequest();
            request!.SetTag("http.route", route).SetTag("http.response.status_code", 500);
        }
    }

    /// <summary>Records how many spans were exported when a span reached this processor.</summary>
    private sealed class OrderProcessor(InMemorySpanExporter exporter) : BaseProcessor<Activity>
    {
        public int? ExportedAtEnd { get; private set; }

        public override void OnEnd(Activity data) => ExportedAtEnd = exporter.Spans.Count;
    }
}

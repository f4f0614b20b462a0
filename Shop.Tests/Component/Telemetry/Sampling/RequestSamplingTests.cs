using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Shop.Telemetry.Sampling;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Sampling;

/// <summary>Sampling of requests in a whole service, in which the head decision is negative.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class RequestSamplingTests
{
    private static readonly (string Name, string? Value)[] _nothingSampled =
        [("Shop:TraceSampling:Probability", "0"), ("Shop:TraceSampling:TargetPerSecond", "0")];

    // As a service that gets so many requests that the share of those that are buffered is next to nothing.
    private static readonly (string Name, string? Value)[] _nothingBuffered = [("Shop:TraceSampling:Tail:BufferedTracesPerSecond", "0")];

    [Theory]
    [InlineData("/fail", "error")]
    [InlineData("/slow", "slow")]
    public async Task Failed_or_slow_request_is_an_exemplar_of_its_duration(string path, string reason)
    {
        var metrics = new List<Metric>();
        await using var service = await TestService.Build(
            builder => builder.Services.AddOpenTelemetry().WithMetrics(builder => builder.AddInMemoryExporter(metrics)),
            app =>
            {
                app.MapGet("/ok", () => "");
                app.MapGet("/fail", () => Results.StatusCode(500));
                app.MapGet("/slow", () => Thread.Sleep(20));
            },
            settings: [.. _nothingSampled, ("Shop:TraceSampling:Tail:LatencyThreshold", "00:00:00.020")]).StartAsync();

        (await service.Client.GetAsync(path)).Dispose();

        var span = Assert.Single(await service.Spans.WaitForSpansAsync(1));
        Assert.Equal((0d, reason), (span.GetTagItem(SamplingAttributes.AdjustedCount), span.GetTagItem(SamplingAttributes.Reason)));
        service.Services.GetRequiredService<MeterProvider>().ForceFlush();
        Assert.Contains(span.SpanId, metrics.ReadExemplars("http.server.request.duration"));
    }

    [Theory]
    [InlineData("/fail", "error", 500, null)]
    [InlineData("/throw", "error", 500, "System.InvalidOperationException")]
    [InlineData("/slow", "slow", 200, null)]
    [InlineData("/conflict", "critical_route", 409, null)]
    public async Task Failed_or_slow_request_of_a_busy_service_is_exported_without_the_calls_below_it(
        string path, string reason, int status, string? errorType)
    {
        var metrics = new List<Metric>();
        await using var service = await TestService.Build(
            builder => builder.Services.AddOpenTelemetry().WithMetrics(builder => builder.AddInMemoryExporter(metrics)),
            app =>
            {
                app.MapGet("/fail", () => Call(() => Results.StatusCode(500)));
                app.MapGet("/throw", () => Call(() => throw new InvalidOperationException("expected")));
                app.MapGet("/slow", () => Call(() =>
                {
                    Thread.Sleep(20);
                    return Results.Ok();
                }));
                app.MapGet("/conflict", () => Call(() => Results.Conflict())).AllowAnonymous();
            },
            settings:
            [
                .. _nothingSampled,
                .. _nothingBuffered,
                ("Shop:TraceSampling:Tail:LatencyThreshold", "00:00:00.020"),
                ("Shop:CriticalRoutes:Rules:conflict:Route", "^/conflict$"),
                ("Shop:CriticalRoutes:Rules:conflict:Status", "^409$"),
            ]).StartAsync();

        (await service.Client.GetAsync(path)).Dispose();

        var span = Assert.Single(await service.Spans.WaitForSpansAsync(1));
        Assert.Equal((0d, reason), (span.GetTagItem(SamplingAttributes.AdjustedCount), span.GetTagItem(SamplingAttributes.Reason)));
        Assert.Equal(
            ("GET", path, path, status),
            (span.GetTagItem("http.request.method"), span.GetTagItem("url.path"), span.GetTagItem("http.route"),
                span.GetTagItem("http.response.status_code")));
        Assert.Equal(errorType ?? span.GetTagItem("error.type"), span.GetTagItem("error.type"));
        Assert.Equal($"GET {path}", span.DisplayName);
        Assert.NotNull(span.GetTagItem("shop.request.id"));
        service.Services.GetRequiredService<MeterProvider>().ForceFlush();
        Assert.Contains(span.SpanId, metrics.ReadExemplars("http.server.request.duration"));
    }

    [Fact]
    public async Task Request_on_a_critical_route_of_a_busy_service_is_exported_whole()
    {
        await using var service = await TestService.Build(
            map: app => app.MapGet("/checkout", () => Call(() => Results.Ok())).AllowAnonymous(),
            settings: [.. _nothingSampled, .. _nothingBuffered, ("Shop:CriticalRoutes:Rules:checkout:Route", "^/checkout$")]).StartAsync();

        using var request = new HttpRequestMessage(HttpMethod.Get, "/checkout");
        request.Headers.Add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
        (await service.Client.SendAsync(request)).Dispose();

        var spans = await service.Spans.WaitForSpansAsync(2);
        var call = spans.Single(span => span.DisplayName == "call");
        var span = spans.Single(span => span.SpanId == call.ParentSpanId);
        Assert.Equal(("GET", "/checkout", "checkout"),
            (span.GetTagItem("http.request.method"), span.GetTagItem("url.path"), span.GetTagItem("shop.critical_route")));
        Assert.Equal(1d, span.GetTagItem(SamplingAttributes.AdjustedCount));
        Assert.Equal("00f067aa0ba902b7", Assert.Single(span.Links).Context.SpanId.ToHexString());
    }

    [Fact]
    public async Task Request_of_a_busy_service_that_is_not_sampled_records_nothing()
    {
        var processor = new RecordingProcessor();
        Activity? request = null;
        Activity? call = null;
        await using var service = await TestService.Build(
            builder => builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddProcessor(processor)),
            app => app.MapGet("/ok", () =>
            {
                request = Activity.Current;
                call = request!.Source.StartActivity("call", ActivityKind.Client);
            }),
            settings: [.. _nothingSampled, .. _nothingBuffered, ("Shop:TraceSampling:Tail:LatencyThreshold", "01:00:00")]).StartAsync();
        processor.Exported = service.Spans;

        (await service.Client.GetAsync("/ok")).Dispose();

        Assert.False(call?.IsAllDataRequested ?? false);
        Assert.Empty(request!.TagObjects);
        Assert.Empty(processor.Ended);
    }

    [Theory]
    [InlineData("/ok/1?q=x", "/ok/1", "/ok/{id}", 200, null)]
    [InlineData("/fail", "/fail", "/fail", 503, "503")]
    [InlineData("/throw", "/throw", "/throw", 500, "500")]
    [InlineData("/nowhere", "/nowhere", null, 404, null)]
    public async Task Span_of_a_request_has_the_attributes_of_the_semantic_conventions(
        string address, string path, string? route, int status, string? errorType)
    {
        await using var service = await TestService.Build(
            map: app =>
            {
                app.MapGet("/ok/{id}", (string id) => id);
                app.MapGet("/fail", () => Results.StatusCode(503));
                app.MapGet("/throw", string () => throw new InvalidOperationException("expected"));
            },
            settings: [("Shop:TraceSampling:Probability", "1"), ("Shop:TraceSampling:TargetPerSecond", "0")]).StartAsync();

        (await service.Client.GetAsync(address)).Dispose();

        var span = Assert.Single(await service.Spans.WaitForSpansAsync(1));
        var server = service.GetAddress("http");
        Assert.Equal(
            new SortedDictionary<string, object?>
            {
                ["error.type"] = errorType,
                ["http.request.method"] = "GET",
                ["http.response.status_code"] = status,
                ["http.route"] = route,
                ["network.protocol.version"] = "1.1",
                ["server.address"] = server.Host,
                ["server.port"] = server.Port,
                ["url.path"] = path,
                ["url.query"] = address.Contains('?') ? "?q=Redacted" : null,
                ["url.scheme"] = "http",
            }.Where(tag => tag.Value is not null),
            new SortedDictionary<string, object?>(span.TagObjects
                .Where(tag => !tag.Key.StartsWith("shop.", StringComparison.Ordinal)).ToDictionary()));
        Assert.Equal($"GET {route}".TrimEnd(), span.DisplayName);
    }

    [Fact]
    public async Task Processor_that_a_service_adds_sees_a_span_before_it_is_exported()
    {
        var processor = new RecordingProcessor();
        await using var service = await TestService.Build(builder =>
            builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddProcessor(processor))).StartAsync();
        processor.Exported = service.Spans;

        (await service.Client.GetAsync("/echo")).Dispose();

        var span = Assert.Single(await service.Spans.WaitForSpansAsync(1));
        Assert.Equal([(span.SpanId, false)], processor.Ended.Where(ended => ended.SpanId == span.SpanId));
    }

    [Fact]
    public async Task Request_whose_caller_disconnected_is_no_failure()
    {
        var processor = new RecordingProcessor();
        var started = new TaskCompletionSource();
        await using var service = await TestService.Build(
            builder => builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddProcessor(processor)),
            app =>
            {
                app.MapGet("/fail", () => Results.StatusCode(500));
                app.MapGet("/wait", async (HttpContext context) =>
                {
                    started.SetResult();
                    using var call = Activity.Current!.Source.StartActivity("call", ActivityKind.Client);
                    try
                    {
                        await Task.Delay(Timeout.Infinite, context.RequestAborted);
                    }
                    catch (OperationCanceledException)
                    {
                        call?.SetStatus(ActivityStatusCode.Error);
                        throw new InvalidOperationException("as clients that wrap the cancellation");
                    }
                });
            },
            settings: [.. _nothingSampled, ("Shop:TraceSampling:Tail:LatencyThreshold", "01:00:00")]).StartAsync();
        processor.Exported = service.Spans;

        using (var disconnect = new CancellationTokenSource())
        {
            var waiting = service.Client.GetAsync("/wait", disconnect.Token);
            await started.Task;
            await disconnect.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        }

        await Eventually.ReadAsync(() => Task.FromResult(processor.Ended), ended => ended.Count == 2);
        (await service.Client.GetAsync("/fail")).Dispose();
        var span = Assert.Single(await service.Spans.WaitForSpansAsync(1));
        Assert.Equal(500, span.GetTagItem("http.response.status_code"));
        Assert.DoesNotContain(service.Spans.Spans, exported => exported.DisplayName == "call");
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/")]
    public async Task Probe_records_neither_its_own_span_nor_those_of_its_checks(string path)
    {
        Activity? ping = null;
        using var source = new ActivitySource(TestService.Name);
        var processor = new RecordingProcessor();
        await using var service = await TestService.Build(builder =>
        {
            builder.Services.AddHealthChecks().AddCheck("ping", () =>
            {
                ping = source.StartActivity("ping", ActivityKind.Client);
                ping?.Dispose();
                return HealthCheckResult.Healthy();
            });
            builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddProcessor(processor));
        }).StartAsync();
        processor.Exported = service.Spans;

        using var response = await service.Client.GetAsync(path);

        response.EnsureSuccessStatusCode();
        Assert.False(ping?.IsAllDataRequested ?? false);
        Assert.Empty(processor.Ended);
    }

    private static IResult Call(Func<IResult> respond)
    {
        using var call = Activity.Current!.Source.StartActivity("call", ActivityKind.Client);
        return respond();
    }

    /// <summary>Records the spans that end, and whether they were exported already.</summary>
    private sealed class RecordingProcessor : BaseProcessor<Activity>
    {
        private readonly List<(ActivitySpanId SpanId, bool IsExported)> _ended = [];

        public InMemorySpanExporter? Exported { get; set; }

        public IReadOnlyList<(ActivitySpanId SpanId, bool IsExported)> Ended
        {
            get
            {
                lock (_ended)
                {
                    return [.. _ended];
                }
            }
        }

        public override void OnEnd(Activity data)
        {
            lock (_ended)
            {
                _ended.Add((data.SpanId, Exported!.Spans.Any(span => span.SpanId == data.SpanId)));
            }
        }
    }
}

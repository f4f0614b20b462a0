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
        Assert.Contains(span.SpanId, ReadExemplars(metrics, "http.server.request.duration"));
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

    private static List<ActivitySpanId> ReadExemplars(List<Metric> metrics, string name)
    {
        var spans = new List<ActivitySpanId>();
        foreach (var metric in metrics.Where(metric => metric.Name == name))
        {
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                if (point.TryGetExemplars(out var exemplars))
                {
                    foreach (ref readonly var exemplar in exemplars)
                    {
                        spans.Add(exemplar.SpanId);
                    }
                }
            }
        }

        return spans;
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

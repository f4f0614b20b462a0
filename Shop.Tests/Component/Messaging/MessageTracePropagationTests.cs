using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using MassTransit;
using MassTransit.Serialization;
using MassTransit.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Messaging.MassTransit;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Sampling;
using Shop.Telemetry.Sampling.Tail;
using Shop.Telemetry.Tracing;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Messaging;

[Collection(TracingTestGroup.Name)]
public sealed class MessageTracePropagationTests : IAsyncLifetime, IDisposable
{
    private const string TraceState = "ot=th:fd70a4,congo=t61rcWkgMzE";

    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);

    private readonly ActivitySource _source = new("MessageTracePropagationTests");
    private readonly SamplingMetricsCollector _metrics = new();
    private readonly InMemorySpanExporter _spans = new();
    private readonly TestOptionsMonitor<TraceSamplingOptions> _settings = new(new() { Tail = { Enabled = false } });
    private readonly Deliveries _deliveries = new();
    private ServiceProvider? _services;
    private ITestHarness? _bus;

    public async Task InitializeAsync()
    {
        var services = new ServiceCollection();
        services.AddSingleton(_deliveries);
        services.AddMessageTracePropagation();
        services.AddMassTransitTestHarness(bus =>
        {
            bus.AddConsumer<StockTakenConsumer>();
            bus.AddConsumer<StockCountedConsumer>();
            bus.AddConfigureEndpointsCallback((_, _, endpoint) => endpoint.UseMessageRetry(retry => retry.Immediate(2)));
        });
        var policyProvider = new SamplingPolicyProvider(_settings);
        var limiter = new TailSamplingLimiter(TimeProvider.System);
        services.AddOpenTelemetry().WithTracing(tracing => tracing
            .AddSource(_source.Name, "MassTransit")
            .SetSampler(new TraceSampler(
                policyProvider, limiter, _metrics.Metrics, TimeProvider.System, new HttpContextAccessor(), isExporting: true))
            .AddProcessor(new SpanPipeline(
                [new JourneySpanProcessor(), new MassTransitSpanProcessor()],
                new TailSamplingProcessor(
                    [new SpanExport(new SimpleActivityExportProcessor(_spans))], policyProvider, limiter, _metrics.Metrics))));
        _services = services.BuildServiceProvider();
        _services.GetRequiredService<TracerProvider>();
        _bus = _services.GetRequiredService<ITestHarness>();
        await _bus.Start();
    }

    public async Task DisposeAsync()
    {
        await _bus!.Stop();
        await _services!.DisposeAsync();
    }

    public void Dispose()
    {
        _source.Dispose();
        _spans.Dispose();
        _metrics.Dispose();
    }

    [Theory]
    [InlineData(ActivityTraceFlags.Recorded, false)]
    [InlineData(ActivityTraceFlags.None, false)]
    [InlineData(ActivityTraceFlags.None, true)]
    public async Task Trace_context_and_journey_are_propagated_whether_or_not_the_trace_is_sampled(ActivityTraceFlags flags, bool tail)
    {
        _settings.Change(new() { Tail = { Enabled = tail } });

        var trace = await PublishAsync(flags, new StockTaken(Guid.NewGuid()));

        // The first consumer publishes a message for the second one.
        var taken = await _deliveries.NextAsync();
        var counted = await _deliveries.NextAsync();
        foreach (var delivery in (Delivery[])[taken, counted])
        {
            Assert.Equal(
                (trace, flags, flags is ActivityTraceFlags.Recorded ? TraceState : TraceState.Split(',')[1]),
                (delivery.Context.TraceId, delivery.Context.TraceFlags, delivery.Context.TraceState));
            Assert.Equal(("s-1", "j-1", "r-1"), (delivery.Session, delivery.Journey, delivery.Request));
            Assert.Equal(flags, ActivityContext.Parse(delivery.Headers["traceparent"], null).TraceFlags);
            Assert.Equal(delivery.Headers["traceparent"], delivery.Headers["MT-Activity-Id"]);
            Assert.EndsWith(delivery.Context.TraceState!, delivery.Headers["tracestate"], StringComparison.Ordinal);
            Assert.DoesNotContain("MT-Activity-Correlation-Context", delivery.Headers.Keys);
        }
    }

    [Fact]
    public async Task Sampled_trace_is_exported_whole_and_unsampled_trace_not_at_all()
    {
        var unsampled = await PublishAsync(ActivityTraceFlags.None, new StockTaken(Guid.NewGuid()));
        await _deliveries.NextAsync();
        await _deliveries.NextAsync();
        var sampled = await PublishAsync(ActivityTraceFlags.Recorded, new StockTaken(Guid.NewGuid()));
        await _deliveries.NextAsync();
        await _deliveries.NextAsync();

        var spans = await _spans.WaitForSpansAsync(7, sampled);
        Assert.DoesNotContain(_spans.Spans, span => span.TraceId == unsampled);
        var spanIds = spans.Select(span => span.SpanId).ToHashSet();
        Assert.Single(spans, span => !spanIds.Contains(span.ParentSpanId));
        Assert.All(spans, span => Assert.Equal((TraceState, "s-1", 100d), (
            span.TraceStateString, span.GetTagItem("session.id"), Math.Round((double)span.GetTagItem(SamplingAttributes.AdjustedCount)!))));
    }

    [Fact]
    public async Task Spans_follow_the_semantic_conventions_for_messaging()
    {
        var trace = await PublishAsync(ActivityTraceFlags.Recorded, new StockTaken(Guid.NewGuid()));

        var spans = await _spans.WaitForSpansAsync(7, trace);
        Assert.Equal(
            [
                "attempt", "attempt", "process StockCounted", "process StockTaken", "publish StockCounted", "publish StockTaken", "request",
            ],
            spans.Select(span => GetShortName(span.DisplayName)).Order(StringComparer.Ordinal));
        Assert.Equal(2, spans.Count(span => span is { DisplayName: "attempt", Kind: ActivityKind.Internal }));
        foreach (var span in spans.Where(span => span.Source.Name == "MassTransit" && span.DisplayName != "attempt"))
        {
            Assert.Null(span.GetTagItem("messaging.operation"));
            Assert.Equal(
                span.GetTagItem("messaging.operation.type") is "send" ? ActivityKind.Producer : ActivityKind.Consumer, span.Kind);
            Assert.Equal(
                span.DisplayName.Split(' '), [span.GetTagItem("messaging.operation.name"), span.GetTagItem("messaging.destination.name")]);
            Assert.NotNull(span.GetTagItem("messaging.message.id"));
            Assert.NotNull(span.GetTagItem("messaging.system"));
            Assert.Equal(ActivityStatusCode.Unset, span.Status);
        }

        Assert.Equal(
            ["process", "process", "send", "send"],
            spans.Select(span => span.GetTagItem("messaging.operation.type")).OfType<string>().Order());

        // The in-memory transport names exchanges "urn:message:Shop.Tests:StockTaken".
        static string GetShortName(string name)
        {
            var words = name.Split(' ');
            return words.Length == 1 ? name : $"{words[0]} {words[^1].Split(':', '+')[^1]}";
        }
    }

    [Fact]
    public async Task Retries_and_error_queue_keep_the_trace()
    {
        var inErrorQueue = new TaskCompletionSource<ConsumeContext<StockTaken>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var errors = _bus!.Bus.ConnectReceiveEndpoint("StockTaken_error", endpoint => endpoint.Handler<StockTaken>(context =>
        {
            inErrorQueue.TrySetResult(context);
            return Task.CompletedTask;
        }));
        await errors.Ready.WaitAsync(_timeout);
        _deliveries.Failing = true;
        var trace = await PublishAsync(ActivityTraceFlags.Recorded, new StockTaken(Guid.NewGuid()));
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Assert.Equal(trace, (await _deliveries.NextAsync()).Context.TraceId);
        }

        // The error queue has the message with its original headers, which a replay sends again.
        var context = await inErrorQueue.Task.WaitAsync(_timeout);
        Assert.Equal(trace.ToString(), context.Headers.Get<string>("traceparent")!.Split('-')[1]);
        Assert.Equal(TraceState, context.Headers.Get<string>("tracestate"));
        Assert.Contains("session.id=s-1", context.Headers.Get<string>("baggage"), StringComparison.Ordinal);

        var spans = await _spans.WaitForSpansAsync(9, trace);
        var failed = spans.Where(span => span is { DisplayName: "attempt", Status: ActivityStatusCode.Error }).ToList();
        Assert.Equal(3, failed.Count);
        Assert.All(failed, span => Assert.Equal(
            (ActivityStatusCode.Error, "System.TimeoutException"), (span.Status, span.GetTagItem("error.type"))));
        var spanIds = spans.Select(span => span.SpanId).ToHashSet();
        Assert.Single(spans, span => !spanIds.Contains(span.ParentSpanId));
    }

    [Fact]
    public void Message_without_MassTransit_headers_is_linked_to_its_trace()
    {
        // Without MT-Activity-Id MassTransit starts a new trace before the observer runs.
        using var massTransit = new ActivitySource("MassTransit");
        using var receive = massTransit.StartActivity("receive", ActivityKind.Consumer);
        var headers = new DictionarySendHeaders();
        headers.Set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        headers.Set("tracestate", "congo=1");

        MessageTracePropagation.Extract(headers);

        var link = Assert.Single(receive!.Links).Context;
        Assert.Equal(
            ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "congo=1"),
            (link.TraceId.ToString(), link.SpanId.ToString(), link.TraceState));
        Assert.NotEqual("congo=1", receive.TraceStateString);
    }

    [Fact]
    public async Task Concurrent_messages_keep_their_own_journeys()
    {
        Task[] publishing;
        using (ExecutionContext.SuppressFlow())
        {
            publishing = [.. Enumerable.Range(0, 100).Select(i => Task.Run(() =>
            {
                Baggage.Current = Baggage.Create(new() { [JourneyKeys.SessionId] = $"s-{i}" });
                return _bus!.Bus.Publish(new StockTaken(Guid.Parse($"00000000-0000-0000-0000-{i:d12}")));
            }))];
        }

        await Task.WhenAll(publishing);
        for (var i = 0; i < 200; i++)
        {
            var delivery = await _deliveries.NextAsync();
            Assert.Equal($"s-{int.Parse(delivery.Item.ToString()[^12..], CultureInfo.InvariantCulture)}", delivery.Session);
        }
    }

    private async Task<ActivityTraceId> PublishAsync(ActivityTraceFlags flags, StockTaken message)
    {
        // A trace id that the threshold samples.
        var traceId = ActivityTraceId.CreateFromString($"{ActivityTraceId.CreateRandom().ToHexString()[..18]}ffffffffffffff");
        var caller = new ActivityContext(traceId, ActivitySpanId.CreateRandom(), flags, TraceState, isRemote: true);
        Task publishing;
        using (ExecutionContext.SuppressFlow())
        {
            publishing = Task.Run(async () =>
            {
                Baggage.Current = JourneyBaggage.Parse(["session.id=s-1,shop.journey.id=j-1,shop.request.id=r-1"]);
                using var request = _source.StartActivity("request", ActivityKind.Server, caller);
                await _bus!.Bus.Publish(message);
            });
        }

        await publishing;
        return caller.TraceId;
    }

    public sealed record StockTaken(Guid Item);

    public sealed record StockCounted(Guid Item);

    internal sealed record Delivery(
        Guid Item, ActivityContext Context, string? Session, string? Journey, string? Request, Dictionary<string, string> Headers);

    internal sealed class Deliveries
    {
        private readonly BlockingCollection<Delivery> _queue = [];

        public bool Failing { get; set; }

        public void Add(Guid item, ReceiveContext context) => _queue.Add(new(
            item,
            Activity.Current?.Context ?? default,
            JourneyContext.Current.SessionId,
            JourneyContext.Current.JourneyId,
            JourneyContext.Current.RequestId,
            context.TransportHeaders.GetAll().ToDictionary(header => header.Key, header => header.Value?.ToString() ?? "")));

        public Task<Delivery> NextAsync() => Task.Run(() =>
            _queue.TryTake(out var next, _timeout) ? next : throw new TimeoutException("No message was consumed."));
    }

    internal sealed class StockTakenConsumer(Deliveries deliveries) : IConsumer<StockTaken>
    {
        public async Task Consume(ConsumeContext<StockTaken> context)
        {
            await Task.Yield();
            deliveries.Add(context.Message.Item, context.ReceiveContext);
            if (deliveries.Failing)
            {
                throw new TimeoutException();
            }

            await context.Publish(new StockCounted(context.Message.Item));
        }
    }

    internal sealed class StockCountedConsumer(Deliveries deliveries) : IConsumer<StockCounted>
    {
        public Task Consume(ConsumeContext<StockCounted> context)
        {
            deliveries.Add(context.Message.Item, context.ReceiveContext);
            return Task.CompletedTask;
        }
    }
}

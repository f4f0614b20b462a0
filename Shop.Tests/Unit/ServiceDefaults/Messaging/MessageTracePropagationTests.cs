using System.Collections.Concurrent;
using System.Diagnostics;
using MassTransit;
using MassTransit.Serialization;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Messaging;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Sampling;
using Shop.Telemetry.Sampling.Tail;
using Shop.Telemetry.Tracing;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.ServiceDefaults.Messaging;

[Collection(Services.Name)]
public sealed class MessageTracePropagationTests : IAsyncLifetime, IDisposable
{
    private const string TraceState = "ot=th:fd70a4,congo=t61rcWkgMzE";

    private readonly ActivitySource _source = new("MessageTracePropagationTests");
    private readonly Counted _counted = new();
    private readonly Exported _exported = new();
    private readonly Settings<TraceSamplingOptions> _settings = new(new() { Tail = { Enabled = false } });
    private readonly Heard _heard = new();
    private ServiceProvider? _services;
    private ITestHarness? _bus;

    public async Task InitializeAsync()
    {
        var services = new ServiceCollection();
        services.AddSingleton(_heard);
        services.AddMessageTracePropagation();
        services.AddMassTransitTestHarness(bus =>
        {
            bus.AddConsumer<ItemTakenConsumer>();
            bus.AddConsumer<ItemCountedConsumer>();
            bus.AddConfigureEndpointsCallback((_, _, endpoint) => endpoint.UseMessageRetry(retry => retry.Immediate(2)));
        });
        var plan = new SamplingPolicyProvider(_settings);
        services.AddOpenTelemetry().WithTracing(tracing => tracing
            .AddSource(_source.Name, "MassTransit")
            .SetSampler(new TraceSampler(plan, _counted.Metrics, TimeProvider.System))
            .AddProcessor(new JourneySpans())
            .AddProcessor(new MessagingSpans())
            .AddProcessor(new TailSamplingProcessor(new SimpleActivityExportProcessor(_exported), plan, _counted.Metrics)));
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
        _exported.Dispose();
        _counted.Dispose();
    }

    [Theory]
    [InlineData(ActivityTraceFlags.Recorded, false)]
    [InlineData(ActivityTraceFlags.None, false)]
    [InlineData(ActivityTraceFlags.None, true)]
    public async Task A_message_goes_on_with_its_trace_state_and_journey_whatever_the_sampler_said(ActivityTraceFlags flags, bool tail)
    {
        _settings.Change(new() { Tail = { Enabled = tail } });

        var trace = await PublishAsync(flags, new ItemTaken(Guid.NewGuid()));

        // Two consumers in a row: the second gets what the first publishes.
        var taken = await _heard.NextAsync();
        var counted = await _heard.NextAsync();
        foreach (var heard in (Hearing[])[taken, counted])
        {
            Assert.Equal((trace, flags, TraceState), (heard.Context.TraceId, heard.Context.TraceFlags, heard.Context.TraceState));
            Assert.Equal(("s-1", "j-1", "r-1"), (heard.Session, heard.Journey, heard.Request));
            Assert.Equal(flags, ActivityContext.Parse(heard.Headers["traceparent"], null).TraceFlags);
            Assert.Equal((heard.Headers["traceparent"], TraceState), (heard.Headers["MT-Activity-Id"], heard.Headers["tracestate"]));
            Assert.DoesNotContain("MT-Activity-Correlation-Context", heard.Headers.Keys);
        }
    }

    [Fact]
    public async Task A_kept_trace_is_whole_and_an_other_one_is_absent()
    {
        var absent = await PublishAsync(ActivityTraceFlags.None, new ItemTaken(Guid.NewGuid()));
        await _heard.NextAsync();
        await _heard.NextAsync();
        var kept = await PublishAsync(ActivityTraceFlags.Recorded, new ItemTaken(Guid.NewGuid()));
        await _heard.NextAsync();
        await _heard.NextAsync();

        var spans = await SpansAsync(kept, 7);
        Assert.DoesNotContain(_exported.Spans, span => span.TraceId == absent);
        var known = spans.Select(span => span.SpanId).ToHashSet();
        Assert.Single(spans, span => !known.Contains(span.ParentSpanId));
        Assert.All(spans, span => Assert.Equal((TraceState, "s-1", 100d), (
            span.TraceStateString, span.GetTagItem("session.id"), Math.Round((double)span.GetTagItem(SamplingAttributes.AdjustedCount)!))));
    }

    [Fact]
    public async Task Spans_speak_the_conventions_of_today()
    {
        var trace = await PublishAsync(ActivityTraceFlags.Recorded, new ItemTaken(Guid.NewGuid()));

        var spans = await SpansAsync(trace, 7);
        Assert.Equal(
            ["process ItemCounted", "process ItemTaken", "publish ItemCounted", "publish ItemTaken", "receive ItemCounted", "receive ItemTaken", "request"],
            // The transport in memory names exchanges "urn:message:Shop.Tests:ItemTaken".
            spans.Select(span => $"{span.DisplayName.Split(' ')[0]} {span.DisplayName.Split(' ')[^1].Split(':', '+')[^1]}".Replace("request request", "request", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        foreach (var span in spans.Where(span => span.Source.Name == "MassTransit"))
        {
            Assert.Null(span.GetTagItem("messaging.operation"));
            Assert.Equal((span.DisplayName.Split(' ')[0], span.DisplayName.Split(' ')[1]), (span.GetTagItem("messaging.operation.name"), span.GetTagItem("messaging.destination.name")));
            Assert.NotNull(span.GetTagItem("messaging.message.id"));
            Assert.NotNull(span.GetTagItem("messaging.system"));
            Assert.Equal(ActivityStatusCode.Unset, span.Status);
        }

        Assert.Equal(["process", "process", "receive", "receive", "send", "send"], spans.Select(span => span.GetTagItem("messaging.operation.type") as string).OfType<string>().Order());
    }

    [Fact]
    public async Task Retries_the_error_queue_and_a_replay_from_it_stay_in_the_trace()
    {
        _heard.Failing = true;
        var trace = await PublishAsync(ActivityTraceFlags.Recorded, new ItemTaken(Guid.NewGuid()));
        for (var attempt = 0; attempt < 3; attempt++)
            Assert.Equal(trace, (await _heard.NextAsync()).Context.TraceId);

        // The error queue holds the message as it came (RabbitMQ: with its properties too), and a replay sends that.
        var parked = new TaskCompletionSource<ConsumeContext<ItemTaken>>();
        var errors = _bus!.Bus.ConnectReceiveEndpoint("ItemTaken_error", endpoint => endpoint.Handler<ItemTaken>(context =>
        {
            parked.TrySetResult(context);
            return Task.CompletedTask;
        }));
        await errors.Ready;
        var context = await parked.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(trace.ToString(), context.Headers.Get<string>("traceparent")!.Split('-')[1]);
        Assert.Equal(TraceState, context.Headers.Get<string>("tracestate"));
        Assert.Contains("session.id=s-1", context.Headers.Get<string>("baggage"), StringComparison.Ordinal);

        var spans = await SpansAsync(trace, 9);
        var failed = spans.Where(span => span.DisplayName == "process ItemTaken").ToList();
        Assert.Equal(3, failed.Count);
        Assert.All(failed, span => Assert.Equal((ActivityStatusCode.Error, "System.TimeoutException"), (span.Status, span.GetTagItem("error.type"))));
        var known = spans.Select(span => span.SpanId).ToHashSet();
        Assert.Single(spans, span => !known.Contains(span.ParentSpanId));
    }

    [Fact]
    public void A_message_from_somebody_who_is_not_MassTransit_is_linked_to_the_trace_that_it_names()
    {
        // Without MT-Activity-Id MassTransit has begun a trace of its own before we are asked.
        using var massTransit = new ActivitySource("MassTransit");
        using var receive = massTransit.StartActivity("receive", ActivityKind.Consumer);
        var headers = new DictionarySendHeaders();
        headers.Set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        headers.Set("tracestate", "congo=1");

        MessageTracePropagation.Read(headers);

        var link = Assert.Single(receive!.Links).Context;
        Assert.Equal(("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "congo=1"), (link.TraceId.ToString(), link.SpanId.ToString(), link.TraceState));
        Assert.NotEqual("congo=1", receive.TraceStateString);
    }

    [Fact]
    public async Task A_hundred_messages_at_once_do_not_mix_their_journeys()
    {
        Task[] publishing;
        using (ExecutionContext.SuppressFlow())
        {
            publishing = [.. Enumerable.Range(0, 100).Select(i => Task.Run(() =>
            {
                Baggage.Current = Baggage.Create(new() { [JourneyKeys.SessionId] = $"s-{i}" });
                return _bus!.Bus.Publish(new ItemTaken(Guid.Parse($"00000000-0000-0000-0000-{i:d12}")));
            }))];
        }

        await Task.WhenAll(publishing);
        for (var i = 0; i < 200; i++)
        {
            var heard = await _heard.NextAsync();
            Assert.Equal($"s-{int.Parse(heard.Item.ToString()[^12..], System.Globalization.CultureInfo.InvariantCulture)}", heard.Session);
        }
    }

    private async Task<ActivityTraceId> PublishAsync(ActivityTraceFlags flags, ItemTaken message)
    {
        var caller = new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), flags, TraceState, isRemote: true);
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

    private async Task<IReadOnlyList<Activity>> SpansAsync(ActivityTraceId trace, int count)
    {
        for (var i = 0; i < 500 && _exported.Spans.Count(span => span.TraceId == trace) < count; i++)
            await Task.Delay(10);
        return [.. _exported.Spans.Where(span => span.TraceId == trace)];
    }

    public sealed record ItemTaken(Guid Item);

    public sealed record ItemCounted(Guid Item);

    internal sealed record Hearing(Guid Item, ActivityContext Context, string? Session, string? Journey, string? Request, Dictionary<string, string> Headers);

    internal sealed class Heard
    {
        private readonly BlockingCollection<Hearing> _hearings = [];

        public bool Failing { get; set; }

        public void Add(Guid item, ReceiveContext context) => _hearings.Add(new(
            item, Activity.Current?.Context ?? default, JourneyContext.Current.SessionId, JourneyContext.Current.JourneyId, JourneyContext.Current.RequestId,
            context.TransportHeaders.GetAll().ToDictionary(header => header.Key, header => header.Value?.ToString() ?? "")));

        public Task<Hearing> NextAsync() => Task.Run(() => _hearings.TryTake(out var next, TimeSpan.FromSeconds(10)) ? next : throw new TimeoutException("Nothing was consumed."));
    }

    internal sealed class ItemTakenConsumer(Heard heard) : IConsumer<ItemTaken>
    {
        public async Task Consume(ConsumeContext<ItemTaken> context)
        {
            await Task.Yield();
            heard.Add(context.Message.Item, context.ReceiveContext);
            if (heard.Failing)
                throw new TimeoutException();
            await context.Publish(new ItemCounted(context.Message.Item));
        }
    }

    internal sealed class ItemCountedConsumer(Heard heard) : IConsumer<ItemCounted>
    {
        public Task Consume(ConsumeContext<ItemCounted> context)
        {
            heard.Add(context.Message.Item, context.ReceiveContext);
            return Task.CompletedTask;
        }
    }
}

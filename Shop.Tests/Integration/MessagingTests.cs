using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Runtime.Serialization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Messaging;
using Shop.Messaging.ErrorQueues;
using Shop.Messaging.MassTransit;
using Shop.Telemetry.Journeys;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration;

/// <summary>Retries, redelivery and error queues on the real broker, with consumers that fail or hang.</summary>
[Collection(WholeApplication.Name)]
public sealed class MessagingTests(ShopApp shop)
{
    // More than the prefetch count of an endpoint.
    private const int ManyMessages = 100;

    private static readonly Guid _partition = Guid.NewGuid();

    [Fact]
    public async Task Failing_messages_are_redelivered_later_and_do_not_block_the_queue()
    {
        // The first attempt and the retry in place fail; the redelivery succeeds.
        await using var service = await StartAsync(
            "failing", ("Shop:Messaging:TransientRetries", "1"), ("Shop:Messaging:InitialRetryDelay", "00:00:00.010"));
        for (var i = 0; i < ManyMessages; i++)
        {
            await service.PublishAsync(new TestMessage($"fails {i}", FailTimes: 2));
        }

        await service.PublishAsync(new TestMessage("good"));
        var done = await Eventually.ReadAsync(() => Task.FromResult(service.Done), done => done.Count == ManyMessages + 1);
        Assert.Equal("good", done[0]);
        Assert.Equal(0u, await service.ErrorQueues.CountAsync(service.Queue, default));
    }

    [Fact]
    public async Task Checkout_is_unavailable_without_a_bound_queue_and_succeeds_when_it_is_repeated()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var visitor = new Visitor(shop);
        await visitor.PutAsync(await shop.AnyProductAsync(), quantity: 1);

        await broker.UnbindAsync("checkout-submitted", "orders-checkout-submitted");
        try
        {
            using var unavailable = await visitor.TryCheckOutAsync(key: "once");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, unavailable.StatusCode);
        }
        finally
        {
            await broker.BindAsync("checkout-submitted", "orders-checkout-submitted");
        }

        using var accepted = await visitor.TryCheckOutAsync(key: "once");
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal("Confirmed", (await visitor.WaitForOutcomeAsync(accepted.Headers.Location!.ToString())).Status);
    }

    [Fact]
    public async Task Hanging_messages_time_out_and_do_not_block_the_queue()
    {
        await using var service = await StartAsync("slow", ("Shop:Messaging:HandlerTimeout", "00:00:00.200"));
        for (var i = 0; i < ManyMessages; i++)
        {
            await service.PublishAsync(new TestMessage($"hangs {i}", HangTimes: 1));
        }

        await service.PublishAsync(new TestMessage("good"));
        var done = await Eventually.ReadAsync(() => Task.FromResult(service.Done), done => done.Count == ManyMessages + 1);
        Assert.Equal("good", done[0]);
    }

    [Fact]
    public async Task Wait_for_another_message_of_the_same_partition_does_not_use_up_the_time_of_a_handler()
    {
        var time = new FakeTimeProvider();
        await using var service = await StartAsync("partitioned", time, ("Shop:Messaging:HandlerTimeout", "00:00:10"));
        await service.PublishAsync(new TestMessage("first", Held: true) { Partition = _partition });
        await service.PublishAsync(new TestMessage("second", Held: true) { Partition = _partition });
        await Eventually.ReadAsync(() => Task.FromResult(service.Attempts), attempts => attempts == 1);
        await using var broker = await BrokerClient.OpenAsync(shop);
        await Eventually.ReadAsync(() => broker.CountAsync(service.Queue), ready => ready == 0);

        time.Advance(TimeSpan.FromSeconds(8));
        service.Release();
        await Eventually.ReadAsync(() => Task.FromResult(service.Attempts), attempts => attempts == 2);
        time.Advance(TimeSpan.FromSeconds(8));
        service.Release();
        await Eventually.ReadAsync(() => Task.FromResult(service.Done), done => done.Count == 2);
        Assert.Equal(2, service.Attempts);
    }

    [Fact]
    public async Task Message_behind_a_handler_that_ignores_its_timeout_is_redelivered_later()
    {
        await using var service = await StartAsync("stuck", ("Shop:Messaging:HandlerTimeout", "00:00:00.200"));
        await service.PublishAsync(new TestMessage("hangs", Held: true, IgnoresTimeout: true) { Partition = _partition });
        await Eventually.ReadAsync(() => Task.FromResult(service.Attempts), attempts => attempts == 1);
        await service.PublishAsync(new TestMessage("waits") { Partition = _partition });

        var redelivery = await Eventually.ReadAsync(
            () => Task.FromResult(service.LoggedOf("message.redelivery_scheduled")), logged => logged.Count > 0);
        Assert.Contains("stuck-test-message", redelivery[0], StringComparison.Ordinal);
        service.Release();
        await Eventually.ReadAsync(() => Task.FromResult(service.Done), done => done.Contains("waits"));
    }

    [Fact]
    public async Task Exceptions_of_a_handler_that_an_invalid_message_would_cause_too_are_redelivered_later()
    {
        await using var service = await StartAsync("parsing", ("Shop:Messaging:TransientRetries", "0"));
        foreach (var type in (Type[])[typeof(JsonException), typeof(SerializationException), typeof(ArgumentException)])
        {
            await service.PublishAsync(new TestMessage(type.Name, FailTimes: 1) { Exception = type.AssemblyQualifiedName });
        }

        await Eventually.ReadAsync(() => Task.FromResult(service.Done), done => done.Count == 3);
        Assert.Equal(0u, await service.ErrorQueues.CountAsync(service.Queue, default));
    }

    [Fact]
    public async Task Message_is_stored_for_a_subscriber_that_has_never_been_started()
    {
        await using (var publisher = await StartAsync("publisher", "newcomer", TimeProvider.System))
        {
            await publisher.PublishAsync(new TestMessage("early"));
        }

        await using var subscriber = await StartAsync("newcomer");
        await Eventually.ReadAsync(() => Task.FromResult(string.Join(", ", subscriber.Done)), done => done == "early");
    }

    [Fact]
    public async Task Published_and_handled_messages_are_measured_as_the_conventions_say()
    {
        var measured = new ConcurrentQueue<(string Instrument, string? Unit, string? Destination, string? Error)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Shop.Tests.measured" && instrument.Name.StartsWith("messaging.", StringComparison.Ordinal))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, duration, tags, _) =>
        {
            Assert.InRange(duration, 0, Eventually.Timeout.TotalSeconds);
            var values = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value as string);
            measured.Enqueue((
                instrument.Name, instrument.Unit, values["messaging.destination.name"], values.GetValueOrDefault("error.type")));
        });
        listener.Start();

        await using var service = await StartAsync("measured", ("Shop:Messaging:InitialRetryDelay", "00:00:00.010"));
        await service.PublishAsync(new TestMessage("fails once", FailTimes: 1));
        await Eventually.ReadAsync(() => Task.FromResult(measured.Count), count => count == 3);

        Assert.Contains(("messaging.client.operation.duration", "s", "test-message", null), measured);
        var destination = $"test-message:{service.Queue}";
        Assert.Contains(("messaging.process.duration", "s", destination, typeof(InvalidOperationException).FullName), measured);
        Assert.Contains(("messaging.process.duration", "s", destination, null), measured);
    }

    [Fact]
    public async Task Redelivered_message_keeps_its_trace_and_journey()
    {
        await using var service = await StartAsync("redelivering", ("Shop:Messaging:TransientRetries", "0"));
        var trace = await service.PublishInTraceAsync(new TestMessage("late", FailTimes: 1));

        await Eventually.ReadAsync(() => Task.FromResult(service.Done), done => done is ["late"]);
        Assert.Equal([trace.ToString(), trace.ToString()], service.Traces);
        var receives = await Eventually.ReadAsync(() => Task.FromResult(service.ReceivesOf(trace)), receives => receives.Count == 2);
        Assert.All(receives, AssertJourney);
        Assert.Equal([ActivityStatusCode.Error, ActivityStatusCode.Unset], receives.Select(span => span.Status));
        Assert.Equal(typeof(InvalidOperationException).FullName, receives[0].GetTagItem("error.type"));
        Assert.Equal(
            [$"process test-message:{service.Queue}", $"process {service.Queue}"], // the redelivery has no exchange
            receives.Select(span => span.DisplayName));
    }

    [Fact]
    public async Task Replayed_message_keeps_its_trace_and_is_linked_to_the_trace_of_the_replay()
    {
        await using var service = await StartAsync(
            "replaying", ("Shop:Messaging:MaxRedeliveries", "0"), ("Shop:Messaging:TransientRetries", "0"));
        var trace = await service.PublishInTraceAsync(new TestMessage("late", FailTimes: 1));

        var message = Assert.Single(await Eventually.ReadAsync(
            () => service.ErrorQueues.ReadAsync(service.Queue, 10, default), messages => messages.Count > 0));
        Assert.Equal(typeof(InvalidOperationException).FullName, message.Reason);
        Assert.Equal("Failed for a test.", message.Detail);
        Assert.EndsWith(nameof(TestMessage), message.Type, StringComparison.Ordinal);
        Assert.Contains(trace.ToString(), message.TraceParent, StringComparison.Ordinal);

        var replayed = 0;
        await service.ErrorQueues.ReplayAsync(service.Queue, "another", () => replayed++, default);
        Assert.Equal(0, replayed);
        using var replaying = new Activity("replay") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();
        await service.ErrorQueues.ReplayAsync(service.Queue, message.Id, () => replayed++, default);
        Assert.Equal(1, replayed);
        await Eventually.ReadAsync(() => Task.FromResult(service.Done), done => done is ["late"]);
        Assert.Equal([trace.ToString(), trace.ToString()], service.Traces);
        Assert.Equal(0u, await service.ErrorQueues.CountAsync(service.Queue, default));

        Assert.NotEqual(trace, replaying.TraceId);
        var receives = await Eventually.ReadAsync(() => Task.FromResult(service.ReceivesOf(trace)), receives => receives.Count == 2);
        Assert.Empty(receives[0].Links);
        var link = Assert.Single(receives[1].Links).Context;
        Assert.Equal((replaying.TraceId, replaying.SpanId), (link.TraceId, link.SpanId));
        AssertJourney(receives[1]);
    }

    private static void AssertJourney(Activity span) => Assert.Equal(
        ("s-1", "j-1", "r-1"), (span.GetTagItem("session.id"), span.GetTagItem("shop.journey.id"), span.GetTagItem("shop.request.id")));

    private Task<TestHost> StartAsync(string name, params (string Name, string Value)[] settings) =>
        StartAsync(name, TimeProvider.System, settings);

    private Task<TestHost> StartAsync(string name, TimeProvider time, params (string Name, string Value)[] settings) =>
        StartAsync(name, name, time, settings);

    private async Task<TestHost> StartAsync(
        string name, string subscriber, TimeProvider time, params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { ApplicationName = $"Shop.Tests.{name}" });
        builder.Configuration["ConnectionStrings:rabbitmq"] = await shop.ConnectionStringAsync("rabbitmq");
        foreach (var (setting, value) in settings)
        {
            builder.Configuration[setting] = value;
        }

        var log = new HandlerLog();
        var exported = new InMemorySpanExporter();
        var records = new RecordedLog();
        builder.Services.AddMetrics().AddSingleton(log).AddSingleton(time);
        builder.Logging.AddProvider(records);
        builder.Services.AddOpenTelemetry().WithTracing(tracing =>
            tracing.AddProcessor(new MassTransitSpanProcessor()).AddProcessor(new SimpleActivityExportProcessor(exported)));
        builder.AddMessaging(new Dictionary<Type, IReadOnlyList<string>> { [typeof(TestMessage)] = [subscriber] }, messages =>
        {
            if (name == subscriber)
            {
                messages.AddHandler<TestMessage, TestMessageHandler>(partitionKey: message => message.Partition);
            }
        });
        var host = builder.Build();
        await host.StartAsync();
        await Eventually.ReadAsync(
            () => Task.FromResult(host.Services.GetRequiredService<MassTransit.IBusControl>().CheckHealth().Status),
            status => status == MassTransit.BusHealthStatus.Healthy);
        return new(host, log, records, exported, $"{name}-test-message");
    }

    public sealed record TestMessage(string Name, int FailTimes = 0, int HangTimes = 0, bool Held = false, bool IgnoresTimeout = false)
    {
        /// <summary>The exception type that the handler fails with.</summary>
        public string? Exception { get; init; }

        /// <summary>Messages of one partition are handled one after the other.</summary>
        public Guid Partition { get; init; } = Guid.NewGuid();
    }

    private sealed class TestMessageHandler(HandlerLog log) : IMessageHandler<TestMessage>
    {
        public async Task HandleAsync(TestMessage message, MessageContext context, CancellationToken cancellationToken)
        {
            log.Traces.Enqueue(Activity.Current?.TraceId.ToString() ?? "none");
            var attempts = log.Attempts.AddOrUpdate(message.Name, 1, (_, previous) => previous + 1);
            if (attempts <= message.HangTimes)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            if (message.Held)
            {
                await log.Held.WaitAsync(message.IgnoresTimeout ? CancellationToken.None : cancellationToken);
            }

            if (attempts <= message.FailTimes)
            {
                throw message.Exception is { } type
                    ? (Exception)Activator.CreateInstance(Type.GetType(type)!)!
                    : new InvalidOperationException("Failed for a test.");
            }

            log.Done.Enqueue(message.Name);
        }
    }

    private sealed class HandlerLog
    {
        public ConcurrentDictionary<string, int> Attempts { get; } = [];
        public ConcurrentQueue<string> Done { get; } = [];
        public ConcurrentQueue<string> Traces { get; } = [];
        public SemaphoreSlim Held { get; } = new(0);
    }

    private sealed class TestHost(IHost host, HandlerLog log, RecordedLog records, InMemorySpanExporter exported, string queue)
        : IAsyncDisposable
    {
        public string Queue => queue;

        public IReadOnlyList<string> Done => [.. log.Done];

        public IReadOnlyList<string> Traces => [.. log.Traces];

        public int Attempts => log.Attempts.Values.Sum();

        public IReadOnlyList<string> LoggedOf(string eventName) => records.TextsOf(eventName);

        /// <summary>Lets one held message continue.</summary>
        public void Release() => log.Held.Release();

        public ErrorQueueBrowser ErrorQueues => host.Services.GetRequiredService<ErrorQueueBrowser>();

        public async Task PublishAsync(TestMessage message)
        {
            await using var scope = host.Services.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<IMessagePublisher>().PublishAsync(message, Guid.NewGuid(), default);
        }

        /// <summary>Publishes a message in a trace of its own and with the baggage of a journey.</summary>
        public async Task<ActivityTraceId> PublishInTraceAsync(TestMessage message)
        {
            using var activity = new Activity("publish") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();
            Baggage.Current = JourneyBaggage.Parse(["session.id=s-1,shop.journey.id=j-1,shop.request.id=r-1"]);
            await PublishAsync(message);
            Baggage.Current = default;
            return activity.TraceId;
        }

        public IReadOnlyList<Activity> ReceivesOf(ActivityTraceId trace) =>
            [.. exported.Spans.Where(span => span.TraceId == trace && span.DisplayName.StartsWith("process ", StringComparison.Ordinal))];

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
        }
    }
}

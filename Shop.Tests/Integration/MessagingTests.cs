using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Shop.Messaging;
using Shop.Messaging.ErrorQueues;
using Shop.Telemetry.Journeys;
using Shop.Telemetry.Tracing;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration;

/// <summary>The conventions for messages on the real broker, with consumers that misbehave.</summary>
[Collection(WholeApplication.Name)]
public sealed class MessagingTests(ShopApp shop)
{
    private const int ManyMore = 100; // than an endpoint has in hand at once

    [Fact]
    public async Task Messages_that_fail_again_and_again_wait_beside_the_queue_and_then_go_through()
    {
        // In vain at once, and once more after the wait.
        await using var service = await StartAsync("failing", ("Shop:Messaging:TransientRetries", "1"), ("Shop:Messaging:InitialRetryDelay", "00:00:00.010"));
        for (var i = 0; i < ManyMore; i++)
            await service.PublishAsync(new Errand($"fails {i}", FailTimes: 2));

        await service.PublishAsync(new Errand("good"));
        var done = await Eventually.ReadAsync(() => Task.FromResult(service.Done), done => done.Count == ManyMore + 1);
        Assert.Equal("good", done[0]);
        Assert.Equal(0u, await service.Parked.CountAsync(service.Queue, default));
    }

    [Fact]
    public async Task What_nobody_has_a_queue_for_is_not_sold_and_once_there_is_one_the_same_request_is()
    {
        await using var wire = await Wire.OpenAsync(shop);
        var visitor = new Visitor(shop);
        await visitor.PutAsync(await shop.AnyProductAsync(), quantity: 1);

        await wire.UnbindAsync("checkout-submitted", "orders-checkout-submitted");
        try
        {
            using var refused = await visitor.TryCheckOutAsync(key: "once");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        }
        finally
        {
            await wire.BindAsync("checkout-submitted", "orders-checkout-submitted");
        }

        using var accepted = await visitor.TryCheckOutAsync(key: "once");
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal("Confirmed", (await visitor.SettledAsync(accepted.Headers.Location!.ToString())).Status);
    }

    [Fact]
    public async Task Messages_that_take_too_long_give_their_place_to_others()
    {
        await using var service = await StartAsync("slow", ("Shop:Messaging:ConsumeTimeout", "00:00:00.200"));
        for (var i = 0; i < ManyMore; i++)
            await service.PublishAsync(new Errand($"hangs {i}", HangTimes: 1));

        await service.PublishAsync(new Errand("good"));
        var done = await Eventually.ReadAsync(() => Task.FromResult(service.Done), done => done.Count == ManyMore + 1);
        Assert.Equal("good", done[0]);
    }

    [Fact]
    public async Task A_message_that_waits_comes_back_in_its_trace_with_its_journey()
    {
        await using var service = await StartAsync("waiting", ("Shop:Messaging:TransientRetries", "0"));
        var asking = await service.PublishInTraceAsync(new Errand("late", FailTimes: 1));

        await Eventually.ReadAsync(() => Task.FromResult(service.Done), done => done is ["late"]);
        Assert.Equal([asking.ToString(), asking.ToString()], service.Traces);
        var receives = await Eventually.ReadAsync(() => Task.FromResult(service.ReceivesOf(asking)), receives => receives.Count == 2);
        Assert.All(receives, receive => Assert.Equal(("s-1", "j-1", "r-1"), (
            receive.GetTagItem("session.id"), receive.GetTagItem("shop.journey.id"), receive.GetTagItem("shop.request.id"))));
    }

    [Fact]
    public async Task A_message_that_failed_is_parked_and_its_replay_belongs_to_its_trace_and_is_linked_to_who_asked_for_it()
    {
        await using var service = await StartAsync("parking", ("Shop:Messaging:MaxRedeliveries", "0"), ("Shop:Messaging:TransientRetries", "0"));
        var asking = await service.PublishInTraceAsync(new Errand("late", FailTimes: 1));

        var parked = Assert.Single(await Eventually.ReadAsync(() => service.Parked.ReadAsync(service.Queue, 10, default), parked => parked.Count > 0));
        Assert.Equal(typeof(InvalidOperationException).FullName, parked.Reason);
        Assert.Equal("Not now.", parked.Detail);
        Assert.EndsWith(nameof(Errand), parked.Type, StringComparison.Ordinal);
        Assert.Contains(asking.ToString(), parked.TraceParent, StringComparison.Ordinal);

        Assert.Equal(0, await service.Parked.ReplayAsync(service.Queue, "another", default));
        using var replaying = new Activity("replaying") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();
        Assert.Equal(1, await service.Parked.ReplayAsync(service.Queue, parked.Id, default));
        await Eventually.ReadAsync(() => Task.FromResult(service.Done), done => done is ["late"]);
        Assert.Equal([asking.ToString(), asking.ToString()], service.Traces);
        Assert.Equal(0u, await service.Parked.CountAsync(service.Queue, default));

        Assert.NotEqual(asking, replaying.TraceId);
        var receives = await Eventually.ReadAsync(() => Task.FromResult(service.ReceivesOf(asking)), receives => receives.Count == 2);
        Assert.Empty(receives[0].Links);
        Assert.Equal((replaying.TraceId, replaying.SpanId), Assert.Single(receives[1].Links) is { Context: var link } ? (link.TraceId, link.SpanId) : default);
        Assert.Equal(("s-1", "j-1", "r-1"), (
            receives[1].GetTagItem("session.id"), receives[1].GetTagItem("shop.journey.id"), receives[1].GetTagItem("shop.request.id")));
    }

    private async Task<Errands> StartAsync(string name, params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { ApplicationName = $"Shop.Tests.{name}" });
        builder.Configuration["ConnectionStrings:rabbitmq"] = await shop.ConnectionStringAsync("rabbitmq");
        foreach (var (setting, value) in settings)
            builder.Configuration[setting] = value;

        var book = new Book();
        var exported = new InMemorySpanExporter();
        builder.Services.AddMetrics().AddSingleton(book);
        builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddProcessor(new MessagingSpanProcessor()).AddProcessor(new SimpleActivityExportProcessor(exported)));
        builder.AddMessaging(messages => messages.AddHandler<Errand, ErrandHandler>());
        var host = builder.Build();
        await host.StartAsync();
        await Eventually.ReadAsync(
            () => Task.FromResult(host.Services.GetRequiredService<MassTransit.IBusControl>().CheckHealth().Status), status => status == MassTransit.BusHealthStatus.Healthy);
        return new(host, book, exported, $"{name}-errand");
    }

    public sealed record Errand(string Name, int FailTimes = 0, int HangTimes = 0);

    private sealed class ErrandHandler(Book book) : IMessageHandler<Errand>
    {
        public async Task HandleAsync(Errand errand, MessageContext context, CancellationToken cancellationToken)
        {
            book.Traces.Enqueue(Activity.Current?.TraceId.ToString() ?? "none");
            var tries = book.Tries.AddOrUpdate(errand.Name, 1, (_, before) => before + 1);
            if (tries <= errand.HangTimes)
                await Task.Delay(Timeout.Infinite, cancellationToken);
            if (tries <= errand.FailTimes)
                throw new InvalidOperationException("Not now.");
            book.Done.Enqueue(errand.Name);
        }
    }

    private sealed class Book
    {
        public ConcurrentDictionary<string, int> Tries { get; } = [];
        public ConcurrentQueue<string> Done { get; } = [];
        public ConcurrentQueue<string> Traces { get; } = [];
    }

    private sealed class Errands(IHost host, Book book, InMemorySpanExporter exported, string queue) : IAsyncDisposable
    {
        public string Queue => queue;

        public IReadOnlyList<string> Done => [.. book.Done];

        public IReadOnlyList<string> Traces => [.. book.Traces];

        public ErrorQueueBrowser Parked => host.Services.GetRequiredService<ErrorQueueBrowser>();

        public async Task PublishAsync(Errand errand)
        {
            await using var scope = host.Services.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<IMessagePublisher>().PublishAsync(errand, Guid.NewGuid(), default);
        }

        /// <summary>In a trace of its own, on somebody's journey.</summary>
        public async Task<ActivityTraceId> PublishInTraceAsync(Errand errand)
        {
            using var asking = new Activity("asking") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();
            Baggage.Current = JourneyBaggage.Parse(["session.id=s-1,shop.journey.id=j-1,shop.request.id=r-1"]);
            await PublishAsync(errand);
            Baggage.Current = default;
            return asking.TraceId;
        }

        public IReadOnlyList<Activity> ReceivesOf(ActivityTraceId trace) =>
            [.. exported.Spans.Where(span => span.TraceId == trace && span.DisplayName.StartsWith("receive ", StringComparison.Ordinal))];

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
        }
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Shop.Cart.Carts;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration;

/// <summary>Messages that every process of a service gets, on the real broker.</summary>
[Collection(WholeApplication.Name)]
public sealed class BroadcastTests(ShopApp shop)
{
    [Fact]
    public async Task Change_of_a_price_reaches_every_replica_of_the_cart_by_its_message()
    {
        var admin = new CatalogAdminClient(shop);
        var sku = await admin.AddAsync(onHand: 5, price: 1500);
        // Their time stands still, so that they would show the old price forever.
        await using var first = await StartCartAsync(sku);
        await using var second = await StartCartAsync(sku);

        using var updated = await admin.UpdateAsync(sku, (await admin.ReadAsync(sku)).ETag, price: 1600);
        updated.EnsureSuccessStatusCode();

        foreach (var replica in (BroadcastHost[])[first, second])
        {
            var products = replica.Services.GetRequiredService<ProductCache>();
            await Eventually.ReadAsync(() => Task.FromResult(products.Find(sku)?.Price.Amount), price => price == 1600);
        }
    }

    [Fact]
    public async Task Every_process_gets_a_message_also_one_that_leaves_other_messages_to_its_replicas()
    {
        await using var first = await StartAsync("announced");
        await using var second = await StartAsync("announced", ("Shop:Messaging:HandlesMessages", "false"));

        await first.BroadcastAsync(new Announcement("news"));

        foreach (var process in (BroadcastHost[])[first, second])
        {
            await Eventually.ReadAsync(() => Task.FromResult(process.Received), received => received is ["news"]);
        }
    }

    [Fact]
    public async Task Message_is_confirmed_when_no_process_handles_it_and_a_later_process_does_not_get_it()
    {
        await using var publisher = await StartAsync("publishing", handles: false);
        await publisher.BroadcastAsync(new Announcement("lost"));

        await using var later = await StartAsync("late");
        await publisher.BroadcastAsync(new Announcement("new"));

        await Eventually.ReadAsync(() => Task.FromResult(later.Received), received => received is ["new"]);
    }

    [Fact]
    public async Task Message_whose_handler_fails_is_dropped_and_the_next_one_is_handled()
    {
        await using var process = await StartAsync(
            "failing-broadcast", ("Shop:Messaging:TransientRetries", "1"), ("Shop:Messaging:InitialRetryDelay", "00:00:00.010"));

        await process.BroadcastAsync(new Announcement("bad", Fails: true));
        await process.BroadcastAsync(new Announcement("good"));

        await Eventually.ReadAsync(() => Task.FromResult(process.Received), received => received is ["good"]);
        await Eventually.ReadAsync(() => Task.FromResult(process.Failed), failed => failed == 2);
        Assert.Empty(process.LoggedOf("message.redelivery_scheduled"));
        Assert.Empty(process.LoggedOf("message.moved_to_error_queue"));
    }

    [Fact]
    public async Task Queue_and_exchange_of_a_process_are_gone_after_it_has_ended()
    {
        string name;
        await using (var process = await StartAsync("ending"))
        {
            name = process.Queue;
            // The queue is exclusive: the broker tells another connection that it is locked.
            Assert.Equal(Constants.ResourceLocked, await FindAsync(channel => channel.QueueDeclarePassiveAsync(name)));
        }

        await Eventually.ReadAsync(
            () => FindAsync(channel => channel.QueueDeclarePassiveAsync(name)), code => code == Constants.NotFound);
        await Eventually.ReadAsync(
            () => FindAsync(channel => channel.ExchangeDeclarePassiveAsync(name)), code => code == Constants.NotFound);
    }

    // Returns the code with which the broker refuses, or 0.
    private async Task<ushort> FindAsync(Func<IChannel, Task> find)
    {
        await using var connection = await new ConnectionFactory { Uri = new(await shop.ConnectionStringAsync("rabbitmq")) }
            .CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        try
        {
            await find(channel);
            return 0;
        }
        catch (OperationInterruptedException exception)
        {
            return exception.ShutdownReason!.ReplyCode;
        }
    }

    private async Task<BroadcastHost> StartCartAsync(string sku)
    {
        var time = new FakeTimeProvider();
        var host = await StartAsync(
            "cart-of-a-test",
            services => services.AddSingleton<TimeProvider>(time)
                .AddSingleton(Options.Create(new CartOptions()))
                .AddSingleton<ProductCache>(),
            messages => messages.AddBroadcastHandler<ProductChanged, ProductChangedHandler>());
        host.Services.GetRequiredService<ProductCache>().Update(
            new() { Sku = sku, Name = "Old", Price = new() { Amount = 1500, Currency = "EUR" }, Available = 5, Version = 1 },
            time.GetTimestamp());
        return host;
    }

    private Task<BroadcastHost> StartAsync(string name, params (string Name, string Value)[] settings) =>
        StartAsync(name, handles: true, settings);

    private Task<BroadcastHost> StartAsync(string name, bool handles, params (string Name, string Value)[] settings) => StartAsync(
        name,
        _ => { },
        messages =>
        {
            if (handles)
            {
                messages.AddBroadcastHandler<Announcement, AnnouncementHandler>();
            }
        },
        settings);

    private async Task<BroadcastHost> StartAsync(
        string name,
        Action<IServiceCollection> configure,
        Action<MessagingBuilder> messages,
        params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { ApplicationName = $"Shop.Tests.{name}" });
        builder.Configuration["ConnectionStrings:rabbitmq"] = await shop.ConnectionStringAsync("shop");
        foreach (var (setting, value) in settings)
        {
            builder.Configuration[setting] = value;
        }

        var (received, records) = (new Received(), new RecordedLog());
        builder.Services.AddMetrics().AddSingleton(received);
        builder.Logging.AddProvider(records);
        configure(builder.Services);
        builder.AddMessaging(new Dictionary<Type, IReadOnlyList<string>>(), messages);
        var host = builder.Build();
        await host.StartAsync();
        var bus = host.Services.GetRequiredService<MassTransit.IBusControl>();
        var health = await Eventually.ReadAsync(
            () => Task.FromResult(bus.CheckHealth()), health => health.Status == MassTransit.BusHealthStatus.Healthy);
        return new(host, received, records, [.. health.Endpoints.Keys]);
    }

    public sealed record Announcement(string Text, bool Fails = false);

    private sealed class AnnouncementHandler(Received received) : IMessageHandler<Announcement>
    {
        public Task HandleAsync(Announcement message, MessageContext context, CancellationToken cancellationToken)
        {
            if (message.Fails)
            {
                Interlocked.Increment(ref received.Failed);
                throw new InvalidOperationException("Failed for a test.");
            }

            received.Texts.Enqueue(message.Text);
            return Task.CompletedTask;
        }
    }

    private sealed class Received
    {
        public int Failed;

        public ConcurrentQueue<string> Texts { get; } = [];
    }

    private sealed class BroadcastHost(IHost host, Received received, RecordedLog records, IReadOnlyList<string> endpoints)
        : IAsyncDisposable
    {
        public IServiceProvider Services => host.Services;

        public IReadOnlyList<string> Received => [.. received.Texts];

        public int Failed => received.Failed;

        /// <summary>The queue of this process.</summary>
        public string Queue =>
            new Uri(Assert.Single(endpoints, endpoint => endpoint.Contains("announcement.", StringComparison.Ordinal))).Segments[^1];

        public IReadOnlyList<string> LoggedOf(string eventName) => records.TextsOf(eventName);

        public async Task BroadcastAsync<TMessage>(TMessage message) where TMessage : class
        {
            await using var scope = host.Services.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<IMessagePublisher>().BroadcastAsync(message, default);
        }

        public async ValueTask DisposeAsync()
        {
            await host.StopAsync();
            host.Dispose();
        }
    }
}

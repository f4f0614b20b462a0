using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using RabbitMQ.Client.Exceptions;
using Shop.Contracts;
using Shop.Orders.Data;
using Shop.Orders.Ordering;
using Shop.Orders.Recipients;
using Shop.Telemetry.Events;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Orders;

/// <summary>Keys, re-encryption and retention of recipients, in a host and a database of their own on the real servers.</summary>
[Collection(WholeApplication.Name)]
public sealed class RecipientTests(ShopApp shop) : IAsyncLifetime
{
    private static readonly string _secret = new('a', 48);
    private static readonly string _otherSecret = new('b', 48);
    private static readonly Recipient _recipient = new("Ada Example", "1 Analytical Row, London", "ada@example.org");

    // Of a service that is only in these tests.
    private const string ErrorQueue = "recipients-checkout-submitted_error";

    private readonly string _database = $"recipients_{Guid.NewGuid():n}";

    public Task InitializeAsync() =>
        new Database(shop, "postgres").RunAsync($"create database \"{_database}\" owner ordersdb");

    public Task DisposeAsync() => new Database(shop, "postgres").RunAsync($"drop database \"{_database}\" with (force)");

    [Fact]
    public async Task Replaced_secret_of_a_key_is_reported_and_encrypts_nothing_until_it_is_restored()
    {
        Guid orderId;
        await using (var first = await StartAsync(("1", _secret)))
        {
            Assert.Equal(HealthStatus.Healthy, (await first.HealthAsync()).Status);
            orderId = await first.AddAsync();
        }

        await using (var replaced = await StartAsync(("1", _otherSecret)))
        {
            Assert.Contains("key 1 ", Assert.Single(replaced.LoggedOf("recipients.key_replaced")), StringComparison.Ordinal);
            var health = await replaced.HealthAsync();
            Assert.Equal(HealthStatus.Unhealthy, health.Status);
            Assert.Contains("1", health.Description, StringComparison.Ordinal);
            var error = await Assert.ThrowsAnyAsync<System.Security.Cryptography.CryptographicException>(() => replaced.AddAsync());
            Assert.Contains("'1'", error.Message, StringComparison.Ordinal);
        }

        await using var restored = await StartAsync(("1", _secret));
        Assert.Equal(HealthStatus.Healthy, (await restored.HealthAsync()).Status);
        Assert.Equal(_recipient, await restored.ReadAsync(orderId));
    }

    [Fact]
    public async Task Wrong_secret_is_reported_at_the_first_comparison_with_stored_recipients()
    {
        Guid orderId;
        await using (var first = await StartAsync(("1", _secret)))
        {
            orderId = await first.AddAsync();
        }

        await RunAsync("delete from recipient_keys where $1 is not null", orderId); // as after the update of an older version

        await using (var wrong = await StartAsync(("1", _otherSecret)))
        {
            Assert.Single(wrong.LoggedOf("recipients.key_replaced"));
            await Assert.ThrowsAnyAsync<System.Security.Cryptography.CryptographicException>(() => wrong.AddAsync());
        }

        await using var right = await StartAsync(("1", _secret));
        Assert.Empty(right.LoggedOf("recipients.key_replaced"));
        Assert.Equal(_recipient, await right.ReadAsync(orderId));
    }

    [Fact]
    public async Task Secret_can_be_replaced_until_it_has_encrypted_a_recipient()
    {
        await using (await StartAsync(("1", _secret)))
        {
        }

        await using var replaced = await StartAsync(("1", _otherSecret));
        Assert.Empty(replaced.LoggedOf("recipients.key_replaced"));
        Assert.Equal(_recipient, await replaced.ReadAsync(await replaced.AddAsync()));
    }

    [Fact]
    public async Task Of_two_replicas_with_different_secrets_only_the_first_one_that_encrypts_may_go_on()
    {
        await using var first = await StartAsync(("1", _secret));
        await using var second = await StartAsync(("1", _otherSecret)); // no recipient is encrypted yet
        foreach (var host in (RecipientHost[])[first, second])
        {
            Assert.Equal(HealthStatus.Healthy, (await host.HealthAsync()).Status);
        }

        var orderId = await first.AddAsync();

        await Assert.ThrowsAnyAsync<System.Security.Cryptography.CryptographicException>(() => second.AddAsync());
        Assert.Equal(HealthStatus.Unhealthy, (await second.HealthAsync()).Status);
        Assert.Equal(HealthStatus.Healthy, (await first.HealthAsync()).Status);
        Assert.Equal(_recipient, await first.ReadAsync(orderId));
        Assert.Equal(_recipient, await first.ReadAsync(await first.AddAsync()));
    }

    [Fact]
    public async Task Secret_that_has_encrypted_a_recipient_cannot_be_replaced_while_none_is_stored()
    {
        await using (var first = await StartAsync(("1", _secret)))
        {
            await RunAsync("delete from orders where order_id = $1", await first.AddAsync());
        }

        await using var replaced = await StartAsync(("1", _otherSecret));
        Assert.Single(replaced.LoggedOf("recipients.key_replaced"));
        await Assert.ThrowsAnyAsync<System.Security.Cryptography.CryptographicException>(() => replaced.AddAsync());
    }

    [Fact]
    public async Task Removed_key_that_is_still_needed_is_reported()
    {
        await using (var first = await StartAsync(("1", _secret)))
        {
            await first.AddAsync();
        }

        await using var later = await StartAsync(("2", _otherSecret));
        Assert.Contains("1", Assert.Single(later.LoggedOf("recipients.keys_missing")), StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Degraded, (await later.HealthAsync()).Status);
    }

    [Fact]
    public async Task Recipient_that_cannot_be_decrypted_is_skipped_by_the_reencryption_and_reported()
    {
        var orders = new List<Guid>();
        await using (var first = await StartAsync(("1", _secret)))
        {
            for (var i = 0; i < 5; i++)
            {
                orders.Add(await first.AddAsync());
            }
        }

        orders.Sort();
        var damaged = orders[0]; // the first one of the batch
        await RunAsync("update orders set recipient = set_byte(recipient, 40, get_byte(recipient, 40) # 1) where order_id = $1", damaged);

        await using var rotated = await StartAsync(("2", _otherSecret), ("1", _secret));
        var remaining = await Eventually.ReadAsync(
            () => Task.FromResult(rotated.LoggedOf("recipients.remaining")), logged => logged.Count > 0);
        Assert.Contains("of 1 orders", remaining[0], StringComparison.Ordinal);
        Assert.Contains(damaged.ToString(), Assert.Single(rotated.LoggedOf("recipient.not_reencrypted")), StringComparison.Ordinal);
        Assert.Contains("of 4 orders", Assert.Single(rotated.LoggedOf("recipients.reencrypted")), StringComparison.Ordinal);
        foreach (var orderId in orders.Except([damaged]))
        {
            Assert.Equal(_recipient, await rotated.ReadAsync(orderId));
            Assert.Equal("2", (await rotated.FindAsync(orderId)).Recipient!.KeyId);
        }
    }

    [Fact]
    public async Task Recipients_of_ended_orders_are_erased_after_the_retention_period()
    {
        await using var host = await StartAsync(("1", _secret));
        var (old, recent, unfinished) = (await host.AddAsync(), await host.AddAsync(), await host.AddAsync(ended: false));
        var more = new List<Guid>();
        for (var i = 0; i < 101; i++) // more than a batch
        {
            more.Add(await host.AddAsync());
        }

        await RunAsync("update orders set changed_at = now() - interval '31 days' where order_id <> $1", recent);
        await host.DisposeAsync();

        await using var retaining = await StartAsync([("1", _secret)], ("Recipients:RetentionPeriod", "30.00:00:00"));
        await Eventually.ReadAsync(() => Task.FromResult(retaining.LoggedOf("recipient.erased")), logged => logged.Count == 102);
        foreach (var orderId in more.Append(old))
        {
            Assert.Null((await retaining.FindAsync(orderId)).Recipient);
        }

        Assert.Null(await retaining.ReadAsync(old));
        Assert.Equal(_recipient, await retaining.ReadAsync(recent));
        Assert.Equal(_recipient, await retaining.ReadAsync(unfinished));
    }

    [Fact]
    public async Task Message_that_is_out_of_reach_during_the_erasure_is_deleted_later()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        await using (var host = await StartAsync(("1", _secret)))
        {
            var orderId = await host.AddAsync();
            await RunAsync("update orders set content_hash = 'v1:body:lines' where order_id = $1", orderId);
            await PublishAsync(broker, host, orderId.ToString());
            await using (await broker.HoldAsync(ErrorQueue)) // as a replica does that lists the error queue
            {
                Assert.Equal(EraseRecipientResult.Erased, await host.EraseAsync(orderId));
            }

            Assert.Contains(orderId.ToString(), Assert.Single(host.LoggedOf("recipient.erased")), StringComparison.Ordinal);
            var order = await host.FindAsync(orderId);
            Assert.Equal((null, null), (order.Recipient, order.ContentHash));
        }

        await using var later = await StartAsync(("1", _secret));
        await Eventually.ReadAsync(() => broker.CountAsync(ErrorQueue), count => count == 0);
    }

    [Fact]
    public async Task Checkout_that_never_became_an_order_is_erased()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        await using var host = await StartAsync(("1", _secret));
        var orderId = Guid.NewGuid();
        await PublishAsync(broker, host, orderId.ToString());

        var unknown = Guid.NewGuid();
        foreach (var attempt in (string[])["first", "repeated"])
        {
            Assert.True(await host.EraseAsync(unknown) is EraseRecipientResult.UnknownOrder, attempt);
            Assert.True(await host.EraseAsync(orderId) is EraseRecipientResult.Erased, attempt);
        }

        Assert.DoesNotContain(host.LoggedOf("recipient.erased"), text => text.Contains(unknown.ToString(), StringComparison.Ordinal));
        Assert.Equal(0u, await broker.CountAsync(ErrorQueue));
    }

    [Fact]
    public async Task Erasure_that_fails_half_way_is_audited_and_repeated()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var orderId = Guid.NewGuid();
        await using (var host = await StartAsync(
            [("1", _secret)], ("ConnectionStrings:rabbitmq", "amqp://guest:guest@127.0.0.1:1"))) // nothing listens there
        {
            await Assert.ThrowsAsync<BrokerUnreachableException>(() => host.EraseAsync(orderId));
            Assert.Contains(orderId.ToString(), Assert.Single(host.LoggedOf("recipient.erased")), StringComparison.Ordinal);
        }

        await using (var host = await StartAsync(("1", _secret)))
        {
            await PublishAsync(broker, host, orderId.ToString());
        }

        await using var later = await StartAsync(("1", _secret));
        await Eventually.ReadAsync(() => broker.CountAsync(ErrorQueue), count => count == 0);
        Assert.Equal(EraseRecipientResult.Erased, await later.EraseAsync(orderId));
    }

    [Fact]
    public async Task Checkout_messages_are_deleted_from_the_error_queue_after_the_retention_period()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        await using (var host = await StartAsync(("1", _secret)))
        {
            await PublishAsync(broker, host, "old", DateTimeOffset.UtcNow.AddDays(-31));
            await PublishAsync(broker, host, "recent", DateTimeOffset.UtcNow.AddDays(-29));
        }

        await using var retaining = await StartAsync([("1", _secret)], ("Recipients:RetentionPeriod", "30.00:00:00"));
        await Eventually.ReadAsync(
            () => Task.FromResult(retaining.LoggedOf("recipient_messages.expired")), logged => logged.Count == 1);
        Assert.Equal(["recent"], await broker.PeekAsync(ErrorQueue));
        await broker.RemoveAsync(ErrorQueue, "recent");
    }

    private static async Task PublishAsync(BrokerClient broker, RecipientHost host, string id, DateTimeOffset? failedAt = null)
    {
        await host.EraseAsync(Guid.NewGuid()); // creates the queue
        await broker.PublishAsync(ErrorQueue, Encoding.UTF8.GetBytes(id), id, failedAt);
    }

    private async Task RunAsync(string sql, Guid value)
    {
        await using var connection = new NpgsqlConnection(await ConnectionStringAsync());
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = value } } };
        Assert.NotEqual(0, await command.ExecuteNonQueryAsync());
    }

    private async Task<string> ConnectionStringAsync() => new NpgsqlConnectionStringBuilder(await shop.ConnectionStringAsync("ordersdb"))
    {
        Database = _database,
        Pooling = false,
    }.ConnectionString;

    private Task<RecipientHost> StartAsync(params (string Id, string Secret)[] keys) => StartAsync(keys, settings: []);

    // The first key is the current one.
    private async Task<RecipientHost> StartAsync((string Id, string Secret)[] keys, params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { ApplicationName = "Shop.Tests.recipients" });
        builder.Configuration["ConnectionStrings:ordersdb"] = await ConnectionStringAsync();
        builder.Configuration["ConnectionStrings:rabbitmq"] = await shop.ConnectionStringAsync("rabbitmq");
        builder.Configuration["Shop:PersonalData:CurrentKey"] = keys[0].Id;
        foreach (var (id, secret) in keys)
        {
            builder.Configuration[$"Shop:PersonalData:Keys:{id}"] = secret;
        }

        foreach (var (name, value) in settings)
        {
            builder.Configuration[name] = value;
        }

        var log = new RecordedLog();
        builder.Logging.AddProvider(log);
        builder.Services.AddMetrics();
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddSingleton<AuditLog>();
        builder.AddPostgres<OrdersDbContext>("ordersdb");
        builder.AddRecipients();
        builder.AddMessaging(new Dictionary<Type, IReadOnlyList<string>>());
        var host = builder.Build();
        await host.StartAsync();
        return new(host, log);
    }

    private sealed class RecipientHost(IHost host, RecordedLog log) : IAsyncDisposable
    {
        private bool _disposed;

        public IReadOnlyList<string> LoggedOf(string eventName) => log.TextsOf(eventName);

        public async Task<HealthReportEntry> HealthAsync() =>
            (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name == "recipient_keys"))
                .Entries.Single().Value;

        /// <summary>Stores an order with an encrypted recipient, and returns its id.</summary>
        public async Task<Guid> AddAsync(bool ended = true)
        {
            await using var scope = host.Services.CreateAsyncScope();
            var (orderId, now) = (Guid.NewGuid(), DateTimeOffset.UtcNow);
            var order = Order.Submit(
                new(
                    orderId,
                    "c1",
                    [new() { Sku = "A", Name = "A", Quantity = 1, UnitPrice = new Money(1, "EUR") }],
                    await scope.ServiceProvider.GetRequiredService<RecipientProtector>()
                        .ProtectAsync(orderId, _recipient, CancellationToken.None),
                    now),
                now,
                now.AddDays(1));
            if (ended)
            {
                order.Cancel("changed_mind", now, now);
                order.ClearFollowUp();
            }

            var db = scope.ServiceProvider.GetRequiredService<OrdersDbContext>();
            db.Add(order);
            await db.SaveChangesAsync();
            return orderId;
        }

        public async Task<EraseRecipientResult> EraseAsync(Guid orderId)
        {
            await using var scope = host.Services.CreateAsyncScope();
            return await scope.ServiceProvider.GetRequiredService<EraseRecipient>().EraseAsync(orderId, CancellationToken.None);
        }

        public async Task<Order> FindAsync(Guid orderId)
        {
            await using var scope = host.Services.CreateAsyncScope();
            return await scope.ServiceProvider.GetRequiredService<OrdersDbContext>().Orders.SingleAsync(order => order.OrderId == orderId);
        }

        public async Task<Recipient?> ReadAsync(Guid orderId) =>
            host.Services.GetRequiredService<RecipientProtector>().Unprotect(await FindAsync(orderId));

        public async ValueTask DisposeAsync()
        {
            if (!_disposed)
            {
                _disposed = true;
                await host.StopAsync();
                host.Dispose();
            }
        }
    }
}

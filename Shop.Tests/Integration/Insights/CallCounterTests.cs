using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Shop.Insights.Data;
using Shop.Insights.Spans.Calls;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;
using SpanKind = Shop.Insights.Spans.SpanKind;

namespace Shop.Tests.Integration.Insights;

/// <summary>The calls of spans that replicas store in a real database.</summary>
[Collection(WholeApplication.Name)]
public sealed class CallCounterTests(ShopApp shop)
{
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    private readonly FakeTimeProvider _time = new(_now);

    [Fact]
    public async Task Call_is_counted_once_when_its_two_ends_arrive_at_two_replicas_and_again()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        using var collector = new CallMetricsCollector();
        CallCounter[] replicas = [Create(database, collector), Create(database, collector)];
        var call = TestSpan.Create(_now, "storefront", SpanKind.Client).Calls("service", "localhost:15110");
        var handled = TestSpan.Create(_now, "catalog", SpanKind.Server, call);
        var sent = TestSpan.Create(_now.AddHours(-1), "catalog", SpanKind.Producer, handled).Calls("messaging", "confirmed", "rabbitmq");
        var received = TestSpan.Create(_now, "cart", SpanKind.Consumer, sent).Calls("messaging", "cart-confirmed", "rabbitmq");

        replicas[0].Add(await database.Spans.StoreAsync([call, sent], CancellationToken.None));
        replicas[1].Add(await database.Spans.StoreAsync([handled, received, call, call], CancellationToken.None));
        replicas[0].Add(await database.Spans.StoreAsync([received, handled], CancellationToken.None));

        // Not before the other ends have had time to arrive.
        await CountAsync();
        Assert.Empty(collector.Measurements);
        _time.Advance(CallCounter.Delay);
        await CountAsync();
        await CountAsync();

        string[] expected =
        [
            "request_client_seconds catalog > cart (messaging_system) 0.01", "request_client_seconds storefront > catalog () 0.01",
            "request_server_seconds catalog > cart (messaging_system) 0.01", "request_server_seconds storefront > catalog () 0.01",
            "request_total catalog > cart (messaging_system) 1", "request_total storefront > catalog () 1",
        ];
        Assert.Equal(expected, collector.Measurements);
        Assert.All(replicas, replica => Assert.Equal(0, replica.Count));

        async Task CountAsync()
        {
            foreach (var replica in replicas)
            {
                await replica.CountAsync(all: false, CancellationToken.None);
            }
        }
    }

    [Fact]
    public async Task Calls_of_spans_that_arrive_after_more_than_5_minutes_are_no_calls_of_now()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        using var collector = new CallMetricsCollector();
        using var calls = Create(database, collector);

        calls.Add(await database.Spans.StoreAsync(
            [
                TestSpan.Create(_now.AddMinutes(-4), "cart", SpanKind.Client).Calls("database", "redis", "redis"),
                TestSpan.Create(_now.AddHours(-2), "cart", SpanKind.Client).Calls("database", "redis", "redis"),
            ],
            CancellationToken.None));
        await calls.CountAsync(all: true, CancellationToken.None);

        Assert.Contains("request_total cart > redis (database) 1", collector.Measurements);
    }

    [Fact]
    public async Task Calls_are_counted_after_an_outage_of_the_database_and_at_a_stop()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        using var collector = new CallMetricsCollector();
        var calls = Create(database, collector);
        calls.Add(await database.Spans.StoreAsync(
            [TestSpan.Create(_now, "cart", SpanKind.Client).Calls("database", "redis", "redis")], CancellationToken.None));

        await database.RunAsync("alter table spans rename to spans_away");
        await Assert.ThrowsAnyAsync<Exception>(() => calls.CountAsync(all: true, CancellationToken.None));
        Assert.Empty(collector.Measurements);
        await database.RunAsync("alter table spans_away rename to spans");
        await calls.CountAsync(all: true, CancellationToken.None);

        Assert.Contains("request_total cart > redis (database) 1", collector.Measurements);
    }

    [Fact]
    public async Task Calls_that_the_database_refuses_again_and_again_are_dropped_and_do_not_block_the_others()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        using var collector = new CallMetricsCollector();
        var calls = Create(database, collector);
        calls.Add([TestSpan.Create(_now, "cart", SpanKind.Client).Calls("database", "refused", "redis")]);
        await database.RunAsync("alter table spans rename to spans_away");
        for (var attempt = 1; attempt < CallCounter.MaxAttempts; attempt++)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => calls.CountAsync(all: true, CancellationToken.None));
            Assert.Equal(1, calls.Count);
        }

        // The last attempt drops them.
        calls.Add([TestSpan.Create(_now, "cart", SpanKind.Client).Calls("database", "next", "redis")]);
        await Assert.ThrowsAnyAsync<Exception>(() => calls.CountAsync(all: true, CancellationToken.None));
        await database.RunAsync("alter table spans_away rename to spans");
        await calls.CountAsync(all: true, CancellationToken.None);

        Assert.Equal(0, calls.Count);
        Assert.Contains("dropped_spans_total 1", collector.Measurements);
        Assert.Contains("request_total cart > next (database) 1", collector.Measurements);
        Assert.DoesNotContain(collector.Measurements, measurement => measurement.Contains("refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Calls_wait_while_the_database_is_away_however_long()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        using var collector = new CallMetricsCollector();
        await using var away = new ServiceCollection()
            .AddDbContext<InsightsDbContext>(_ => throw new NpgsqlException("The database is away."))
            .BuildServiceProvider();
        var services = away;
        await using var connections = new BackgroundConnections(new ChosenScopes(() => services));
        var calls = new CallCounter(
            connections, collector.Metrics, _time, NullLogger<CallCounter>.Instance);
        calls.Add([TestSpan.Create(_now, "cart", SpanKind.Client).Calls("database", "redis", "redis")]);
        for (var attempt = 0; attempt <= CallCounter.MaxAttempts; attempt++)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => calls.CountAsync(all: true, CancellationToken.None));
        }

        services = database.Services;
        await calls.CountAsync(all: true, CancellationToken.None);

        Assert.Contains("request_total cart > redis (database) 1", collector.Measurements);
    }

    private CallCounter Create(InsightsDatabase database, CallMetricsCollector collector) =>
        new(database.Services.GetRequiredService<BackgroundConnections>(), collector.Metrics, _time, NullLogger<CallCounter>.Instance);

    /// <summary>Creates scopes of different services.</summary>
    private sealed class ChosenScopes(Func<IServiceProvider> choose) : IServiceScopeFactory
    {
        public IServiceScope CreateScope() => choose().CreateScope();
    }
}

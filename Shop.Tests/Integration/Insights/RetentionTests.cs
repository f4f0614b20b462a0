using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Spans;
using Shop.Tests.Integration.Support;
using SpanKind = Shop.Insights.Spans.SpanKind;

namespace Shop.Tests.Integration.Insights;

/// <summary>What the worker does that creates and drops the partitions of events and spans.</summary>
[Collection(WholeApplication.Name)]
public sealed class RetentionTests(ShopApp shop) : IAsyncLifetime
{
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;
    private static readonly DateTimeOffset _old = _now.AddDays(-9);
    private static readonly DateTimeOffset _lessOld = _now.AddDays(-8);

    private readonly FakeTimeProvider _time = new(_now);
    private InsightsDatabase? _database;

    private InsightsDatabase Database => _database!;

    public async Task InitializeAsync()
    {
        _database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        DateTimeOffset[] times = [_old, _lessOld, _now];
        await Database.Store.StoreAsync([.. times.Select(time => TestEvents.Page(time, "s1", "/"))], CancellationToken.None);
        await Database.Spans.StoreAsync(
            [.. times.Select(time => TestSpan.Create(time, "cart", SpanKind.Server))], CancellationToken.None);
    }

    public async Task DisposeAsync() => await Database.DisposeAsync();

    [Fact]
    public async Task Day_that_cannot_be_dropped_keeps_no_other_day_or_table_from_its_retention_and_is_dropped_later()
    {
        await Database.RunAsync($"create view report as select * from {GetPartition("events", _old)}");
        using var worker = CreateWorker();
        await worker.StartAsync(CancellationToken.None);

        await WaitForEndAsync("spans", _lessOld);
        await WaitForEndAsync("spans", _old);
        await WaitForEndAsync("events", _lessOld);
        Assert.True(await ExistsAsync("spans", _now.AddDays(3)));
        await Eventually.ReadAsync(
            () => Database.ReadAsync<long>(
                "select count(distinct tablename) from pg_stats where schemaname = current_schema and inherited"),
            analyzed => analyzed == 2);
        Assert.True(await ExistsAsync("events", _old));

        await Database.RunAsync("drop view report");
        _time.Advance(TimeSpan.FromMinutes(10));

        await WaitForEndAsync("events", _old);
        await worker.StopAsync(CancellationToken.None);
    }

    private RetentionWorker CreateWorker()
    {
        var services = Database.Services;
        var firstDay = DayPartitions.GetDay(_now.AddDays(-5));
        RetainedTable[] tables =
        [
            new(services.GetRequiredService<EventPartitions>(), () => firstDay),
            new(services.GetRequiredService<SpanPartitions>(), () => firstDay),
        ];
        return ActivatorUtilities.CreateInstance<RetentionWorker>(services, tables, _time);
    }

    private static string GetPartition(string table, DateTimeOffset day) => $"{table}_{day:yyyyMMdd}";

    private Task<bool> ExistsAsync(string table, DateTimeOffset day) =>
        Database.ReadAsync<bool>($"select to_regclass('{GetPartition(table, day)}') is not null");

    private Task<bool> WaitForEndAsync(string table, DateTimeOffset day) =>
        Eventually.ReadAsync(() => ExistsAsync(table, day), exists => !exists);
}

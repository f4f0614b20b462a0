using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Shop.Insights.Alerts;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Queries;
using Shop.Insights.Reconciliation;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>The counts that are kept as events arrive, and those of the stored events.</summary>
[Collection(WholeApplication.Name)]
public sealed class ReconciliationTests(ShopApp shop) : IAsyncLifetime
{
    // The middle of yesterday.
    private static readonly DateTimeOffset _yesterday = new(DateTime.UtcNow.Date.AddDays(-1).AddHours(12.5), TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private InsightsDatabase? _database;

    private InsightsDatabase Database => _database!;

    public async Task InitializeAsync() => _database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));

    public async Task DisposeAsync() => await Database.DisposeAsync();

    [Fact]
    public async Task Counts_agree_also_with_events_that_arrive_again_late_or_at_two_replicas_at_once()
    {
        var batches = Enumerable.Range(0, 6)
            .Select(batch => Enumerable.Range(0, 200)
                .Select(index => CreateEvent(index % 3 == 0 ? "page.viewed" : "cart.line_added", index % 5))
                .ToList())
            .ToList();
        await Task.WhenAll(batches.Append(batches[0]).Append(batches[1]).Select(StoreAsync));
        await RunAsync();
        var day = Assert.Single(await ListAsync(), day => day.Day == DateOnly.FromDateTime(_yesterday.UtcDateTime));
        Assert.Equal((1200, 1200, 0), (day.Live, day.Recomputed, day.Difference));

        // A day late.
        await StoreAsync([CreateEvent("page.viewed", 0)]);
        await RunAsync();

        Assert.Equal((1201, 1201, 0), Select(await ListAsync()));
        Assert.Equal(0, await Database.ReadAsync<long>("select count(*) from alerts"));
        Assert.Equal(10, await Database.ReadAsync<long>("select count(*) from event_counts"));
    }

    [Fact]
    public async Task Difference_beyond_the_limit_is_one_alert_with_examples_and_ends_when_the_counts_agree_again()
    {
        var events = Enumerable.Range(0, 1000).Select(index => CreateEvent(index < 900 ? "page.viewed" : "cart.line_added", 0)).ToList();
        await StoreAsync(events);
        // One of 1000 is within the limit.
        await Database.RunAsync("delete from events where event_id in (select event_id from events limit 1)");
        await RunAsync();
        Assert.Equal(0, await Database.ReadAsync<long>("select count(*) from alerts"));

        await Database.RunAsync("update event_counts set count = count + 7 where name = 'cart.line_added'");
        await RunAsync();
        await RunAsync();

        var day = Assert.Single(await ListAsync(), day => day.Day == DateOnly.FromDateTime(_yesterday.UtcDateTime));
        Assert.Equal((1007, 999, 8), (day.Live, day.Recomputed, day.Difference));
        var largest = day.Differences[0];
        Assert.Equal(("storefront", "cart.line_added", 107, 100), (largest.Service, largest.Name, largest.Live, largest.Recomputed));
        Assert.Equal(_yesterday.AddMinutes(-30), largest.Hour);
        Assert.Equal(3, largest.TraceIds.Count);
        Assert.Subset(events.Select(e => e.TraceId!).ToHashSet(), largest.TraceIds.ToHashSet());
        Assert.Equal(["s1"], largest.SessionIds);

        Assert.Equal(1, await Database.ReadAsync<long>("select count(*) from alerts"));
        var explanation = await Database.ReadAsync<string>("select explanation from alerts where state = 'firing'");
        Assert.Contains("cart.line_added", explanation, StringComparison.Ordinal);

        // The evaluation of jumps leaves it alone.
        await new AlertEvaluator(
                Database.Services.GetRequiredService<BackgroundConnections>(), Options.Create(new AlertOptions()),
                Options.Create(new EventOptions()), _time, NullLogger<AlertEvaluator>.Instance)
            .EvaluateAsync(_time.GetUtcNow(), CancellationToken.None);
        Assert.Equal("firing", await Database.ReadAsync<string>("select state from alerts"));

        await Database.RunAsync("update event_counts set count = count - 7 where name = 'cart.line_added'");
        await RunAsync();
        Assert.Equal("resolved", await Database.ReadAsync<string>("select state from alerts"));
    }

    [Fact]
    public async Task Alert_on_a_day_has_its_last_and_its_highest_difference_and_is_logged_at_its_begin_and_end()
    {
        using var log = new RecordedLog();
        await BeginMismatchAsync(log);
        await Database.RunAsync("update event_counts set count = count + 3");
        await RunAsync(log);
        await Database.RunAsync("update event_counts set count = count - 5");
        await RunAsync(log);

        Assert.Equal("5 10", await Database.ReadAsync<string>("select value || ' ' || peak from alerts where state = 'firing'"));
        Assert.StartsWith(
            "The alert count_mismatch for", Assert.Single(log.TextsOf("alert.firing")), StringComparison.Ordinal);
        Assert.Empty(log.TextsOf("alert.resolved"));

        await Database.RunAsync("update event_counts set count = count - 5");
        await RunAsync(log);

        Assert.Equal("0 10", await Database.ReadAsync<string>("select value || ' ' || peak from alerts where state = 'resolved'"));
        Assert.Single(log.TextsOf("alert.resolved"));
    }

    [Fact]
    public async Task Alert_on_a_day_that_is_compared_no_longer_ends_when_its_counts_agree_again()
    {
        await BeginMismatchAsync();
        _time.Advance(TimeSpan.FromDays(4));
        await RunAsync();
        Assert.Equal("firing", await Database.ReadAsync<string>("select state from alerts"));

        await Database.RunAsync("update event_counts set count = count - 7");
        await RunAsync();

        Assert.Equal("resolved", await Database.ReadAsync<string>("select state from alerts"));
    }

    [Fact]
    public async Task Alert_on_a_day_ends_when_the_events_of_the_day_are_deleted()
    {
        await BeginMismatchAsync();
        _time.Advance(TimeSpan.FromDays(100));

        await RunAsync();

        Assert.Equal("resolved", await Database.ReadAsync<string>("select state from alerts"));
    }

    private async Task BeginMismatchAsync(RecordedLog? log = null)
    {
        await StoreAsync([CreateEvent("page.viewed", 0)]);
        await Database.RunAsync("update event_counts set count = count + 7");
        await RunAsync(log);
        Assert.Equal("firing", await Database.ReadAsync<string>("select state from alerts"));
    }

    private static StoredEvent CreateEvent(string name, int hour) => TestEvents.Create(_yesterday.AddHours(-hour), name, "s1");

    private async Task StoreAsync(List<StoredEvent> events) => await Database.Store.StoreAsync(events, CancellationToken.None);

    private async Task RunAsync(RecordedLog? log = null)
    {
        using var logs = new LoggerFactory(log is null ? [] : [log]);
        var reconciliation = new DayReconciliation(
            Database.Services.GetRequiredService<BackgroundConnections>(),
            ActivatorUtilities.CreateInstance<EventStore>(Database.Services, _time), Options.Create(new ReconciliationOptions()),
            Options.Create(new AlertOptions()), _time, logs.CreateLogger<DayReconciliation>());
        // The service of the application compares its own schema of the database, and all of them share the lock.
        await Eventually.ReadAsync(() => reconciliation.RunAsync(CancellationToken.None), isDone => isDone);
    }

    private static (long, long, long) Select(IEnumerable<DayComparison> days)
    {
        var day = days.Single(day => day.Day == DateOnly.FromDateTime(_yesterday.UtcDateTime));
        return (day.Live, day.Recomputed, day.Difference);
    }

    private async Task<IReadOnlyList<DayComparison>> ListAsync()
    {
        await using var scope = Database.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<DayComparisonReader>().ReadAsync(
            new(_yesterday.AddDays(-5), _yesterday.AddDays(1), EventUnit.Session, new Dictionary<EventDimension, string>(), false),
            CancellationToken.None);
    }
}

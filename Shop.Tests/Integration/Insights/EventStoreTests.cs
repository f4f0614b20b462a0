using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Time.Testing;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>What becomes of events in the database of Insights.</summary>
[Collection(WholeApplication.Name)]
public sealed class EventStoreTests(ShopApp shop)
{
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    [Fact]
    public async Task Event_that_arrives_again_is_counted_and_not_stored_again()
    {
        await using var database = await CreateAsync();
        StoredEvent[] first = [CreateEvent(_now), CreateEvent(_now)];

        Assert.Equal((2, 0, 0, 0), Count(await StoreAsync(database, first)));
        Assert.Equal((1, 2, 0, 0), Count(await StoreAsync(database, [.. first, CreateEvent(_now)])));
        Assert.Equal(3, await database.ReadAsync<long>("select count(*) from events"));
    }

    [Fact]
    public async Task Two_replicas_that_store_the_same_events_at_the_same_time_store_each_once()
    {
        await using var database = await CreateAsync();
        var events = Enumerable.Range(0, 500).Select(_ => CreateEvent(_now)).ToList();

        var results = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(index => StoreAsync(database, index % 2 == 0 ? events : Enumerable.Reverse(events))));

        Assert.Equal(500, results.Sum(result => result.Stored));
        Assert.Equal(500, await database.ReadAsync<long>("select count(*) from events"));
    }

    [Fact]
    public async Task Event_of_a_clock_that_is_ahead_is_not_the_newest()
    {
        await using var database = await CreateAsync();
        var freshness = database.Services.GetRequiredService<EventFreshness>();
        var past = CreateEvent(_now.AddMinutes(-10));
        await StoreAsync(database, [past, CreateEvent(_now.AddHours(20))]);
        Assert.Equal(past.Time, await freshness.GetNewestAsync(CancellationToken.None));

        // That of an older version was.
        await database.RunAsync("update event_state set newest_time = now() + interval '20 hours'");
        await StoreAsync(database, [CreateEvent(_now)]);
        Assert.InRange((await freshness.GetNewestAsync(CancellationToken.None))!.Value, past.Time, DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task Events_of_clocks_that_are_all_ahead_are_as_new_as_their_storage()
    {
        await using var database = await CreateAsync();
        await StoreAsync(database, [CreateEvent(_now.AddMinutes(30))]);

        var newest = await database.Services.GetRequiredService<EventFreshness>().GetNewestAsync(CancellationToken.None);

        Assert.InRange(newest!.Value, _now.AddSeconds(-1), DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task Age_of_the_newest_event_is_not_negative_after_an_event_of_a_clock_that_is_years_ahead()
    {
        await using var database = await CreateAsync();
        using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var time = new FakeTimeProvider(_now);
        var metrics = new EventMetrics(
            meters.GetRequiredService<IMeterFactory>(), new HostingEnvironment { ApplicationName = "test" }, time);
        var ages = new List<double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope == meters.GetService<IMeterFactory>() && instrument.Name == "shop.insights.events.newest.age")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, age, _, _) => ages.Add(age));
        listener.Start();

        metrics.Add(await StoreAsync(database, [CreateEvent(_now.AddMinutes(-1)), CreateEvent(_now.AddYears(4))]));
        metrics.Add(await StoreAsync(database, [CreateEvent(_now.AddYears(4))]));
        listener.RecordObservableInstruments();
        time.Advance(TimeSpan.FromMinutes(5));
        listener.RecordObservableInstruments();

        Assert.Equal([60, 360], ages.Select(age => Math.Round(age)));
    }

    [Fact]
    public async Task Late_event_is_stored_in_the_partition_of_its_day_and_one_outside_of_the_retention_time_is_dropped()
    {
        await using var database = await CreateAsync();

        var result = await StoreAsync(
            database,
            [CreateEvent(_now), CreateEvent(_now.AddDays(-9)), CreateEvent(_now.AddDays(-100)), CreateEvent(_now.AddDays(2))]);

        Assert.Equal((2, 0, 1, 1), Count(result));
        Assert.Equal(2, await database.ReadAsync<long>("select count(distinct tableoid) from events"));
    }

    [Fact]
    public async Task Day_outside_of_the_retention_time_is_dropped_and_created_again_when_it_is_needed()
    {
        await using var database = await CreateAsync();
        await StoreAsync(database, [CreateEvent(_now.AddDays(-9)), CreateEvent(_now)]);
        await using var scope = database.Services.CreateAsyncScope();
        var connection = await scope.ServiceProvider.GetRequiredService<InsightsDbContext>().OpenAsync(CancellationToken.None);

        // Another replica: this one does not know that the partition is gone.
        await new EventPartitions().DropAsync(connection, DayPartitions.GetDay(_now.AddDays(-9)), CancellationToken.None);

        Assert.Equal(1, await database.ReadAsync<long>("select count(*) from events"));
        Assert.Equal(1, (await StoreAsync(database, [CreateEvent(_now.AddDays(-9))])).Stored);
    }

    [Fact]
    public async Task Planner_knows_the_events_of_all_days_after_an_analysis()
    {
        await using var database = await CreateAsync();
        await StoreAsync(database, [CreateEvent(_now.AddDays(-1)), CreateEvent(_now)]);
        const string KnownColumns = "select count(*) from pg_stats where tablename = 'events' and inherited";
        Assert.Equal(0, await database.ReadAsync<long>(KnownColumns));
        await using var scope = database.Services.CreateAsyncScope();
        var connection = await scope.ServiceProvider.GetRequiredService<InsightsDbContext>().OpenAsync(CancellationToken.None);

        await new EventPartitions().AnalyzeAsync(connection, CancellationToken.None);

        Assert.NotEqual(0, await database.ReadAsync<long>(KnownColumns));
    }

    private async Task<InsightsDatabase> CreateAsync() =>
        await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));

    private static (int Stored, int Duplicates, int TooOld, int Future) Count(StoreResult result) =>
        (result.Stored, result.Duplicates, result.TooOld, result.Future);

    private static Task<StoreResult> StoreAsync(InsightsDatabase database, IEnumerable<StoredEvent> events) =>
        database.Store.StoreAsync([.. events], CancellationToken.None);

    private static StoredEvent CreateEvent(DateTimeOffset time) => new(
        Guid.CreateVersion7(), DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds()), 1, "page.viewed", "test", "s", "j",
        null, null, null, null, null, null, null, null, false, "/", null, null, null, "{}");
}

using Microsoft.Extensions.DependencyInjection;
using Shop.Insights.Events;
using Shop.Insights.Quality;
using Shop.Insights.Queries;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>The quality of the events of the database.</summary>
[Collection(WholeApplication.Name)]
public sealed class QualityTests(ShopApp shop)
{
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    [Fact]
    public async Task Share_of_the_events_with_each_id_is_exact_and_one_below_the_limit_is_marked()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        var start = _now.AddMinutes(-30);
        StoredEvent[] events =
        [
            // 99 of 100 have a session, and all of them the other ids.
            .. Enumerable.Range(0, 100).Select(index => TestEvents.Page(start, "s1", "/") with { SessionId = index == 0 ? null : "s1" }),
            // Half of them have a trace.
            .. Enumerable.Range(0, 4).Select(index =>
                TestEvents.Create(start, "cart.line_added", "s2") with { Service = "cart", TraceId = index % 2 == 0 ? null : "t" }),
            // After the exposure, one of two has the experiment; before it, none needs to.
            TestEvents.Create(start, "product.viewed", "s3"),
            TestEvents.Create(start.AddSeconds(1), "feature_flag.evaluation", "s3") with { Experiment = "checkout" },
            TestEvents.Create(start.AddSeconds(2), "product.viewed", "s3") with { Experiment = "checkout" },
            TestEvents.Create(start.AddSeconds(3), "product.viewed", "s3"),
            // A clean-up.
            TestEvents.Create(start, "stock.expired") with { Service = "catalog", TraceId = null },
            TestEvents.Create(start, "page.viewed", "s4") with { Synthetic = true, TraceId = null },
        ];
        await database.Store.StoreAsync(events, CancellationToken.None);

        var result = await ReadAsync(database);

        Assert.Equal(
            [
                ("cart", "cart.line_added", 4L, 1.0, 1.0, 1.0, 0.5, null, "trace"),
                ("catalog", "stock.expired", 1, 0, 0, 1, 0, null, ""),
                ("storefront", "feature_flag.evaluation", 1, 1, 1, 1, 1, null, ""),
                ("storefront", "page.viewed", 100, 0.99, 1, 1, 1, null, ""),
                ("storefront", "product.viewed", 3, 1, 1, 1, 1, (double?)0.5, "experiment"),
            ],
            result.Events.Select(row => (
                row.Service, row.Name, row.Count, row.Session, row.Journey, row.Request, row.Trace, row.Experiment,
                string.Join(' ', row.Below))));
        Assert.Equal(109, result.Count);
        Assert.Equal(100 / 60.0, result.Events[3].PerMinute, precision: 10);
        Assert.InRange(result.AgeSeconds!.Value, 1700, 2400);
    }

    [Fact]
    public async Task Event_of_another_service_in_the_millisecond_of_the_exposure_needs_no_experiment()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        var start = _now.AddMinutes(-30);
        StoredEvent[] events =
        [
            TestEvents.Create(start, "product.viewed", "s1") with { Service = "catalog", Sequence = 100 },
            TestEvents.Create(start, "feature_flag.evaluation", "s1") with { Sequence = 5, Experiment = "item_page" },
        ];
        await database.Store.StoreAsync(events, CancellationToken.None);

        Assert.All((await ReadAsync(database)).Events, row => Assert.Null(row.Experiment));
        Assert.Equal(2, (await ReadAsync(database)).Count);
    }

    [Fact]
    public async Task What_arrived_is_counted_on_its_day_of_arrival_with_its_lag()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        StoredEvent[] events = [TestEvents.Page(_now.AddMinutes(-10), "s1", "/"), TestEvents.Page(_now.AddHours(-1), "s1", "/")];
        await database.Store.StoreAsync(events, CancellationToken.None);
        await database.Store.StoreAsync([events[0], TestEvents.Page(_now.AddMinutes(-20), "s1", "/")], CancellationToken.None);
        // A batch of which nothing is stored.
        await database.Store.StoreAsync(
            [TestEvents.Page(_now.AddDays(-100), "s1", "/"), TestEvents.Page(_now.AddDays(2), "s1", "/")], CancellationToken.None);

        // The test may run at midnight.
        var days = (await ReadAsync(database)).Days;

        Assert.NotEmpty(days);
        Assert.Equal(
            (3, 1, 1, 1),
            (days.Sum(day => day.Stored), days.Sum(day => day.Duplicates), days.Sum(day => day.TooOld), days.Sum(day => day.Future)));
        Assert.InRange(days.Max(day => day.MaxLagSeconds)!.Value, 3600, 4200);
        Assert.InRange(days[^1].MeanLagSeconds!.Value, 1200, 2100);
    }

    private static async Task<QualityResult> ReadAsync(InsightsDatabase database)
    {
        await using var scope = database.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<QualityReader>().ReadAsync(
            new(_now.AddMinutes(-50), _now.AddMinutes(10), EventUnit.Session, new Dictionary<EventDimension, string>(), false),
            CancellationToken.None);
    }
}

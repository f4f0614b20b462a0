using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Jumps;
using Shop.Insights.Queries;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>Jumps of the database.</summary>
[Collection(WholeApplication.Name)]
public sealed class JumpTests(ShopApp shop)
{
    // Two days ago, within a day.
    private static readonly DateTimeOffset _start = new(DateTime.UtcNow.Date.AddDays(-2).AddHours(9), TimeSpan.Zero);

    [Fact]
    public async Task Jump_has_reached_its_target_when_the_session_requests_it_within_30_seconds_without_an_error()
    {
        await using var database = await CreateAsync();
        StoredEvent[] events =
        [
            // Reached, by a page and by another redirect.
            TestEvents.Redirect(_start, "s1", "/login", "/sso/:rest", referrer: "/products"),
            TestEvents.Redirect(_start.AddSeconds(1), "s1", "/sso/:rest", "/login/callback"),
            TestEvents.Redirect(_start.AddSeconds(2), "s1", "/login/callback", "/"),
            TestEvents.Page(_start.AddSeconds(3), "s1", "/"),
            // Not reached: too late, another session, an error, and its own view of the page before.
            TestEvents.Redirect(_start.AddSeconds(10), "s2", "/login/callback", "/"),
            TestEvents.Page(_start.AddSeconds(41), "s2", "/"),
            TestEvents.Redirect(_start.AddSeconds(50), "s3", "/login/callback", "/"),
            TestEvents.Page(_start.AddSeconds(51), "s3", "/", status: 503),
            TestEvents.Page(_start.AddSeconds(60), "s4", "/cart"),
            TestEvents.Redirect(_start.AddSeconds(61), "s4", "/cart", "/cart", status: 303),
            // Unknown whether the target was reached: no session, another host, a refusal, and a target that has never emitted an event.
            TestEvents.Redirect(_start.AddSeconds(70), null, "/login/callback", "/"),
            TestEvents.Redirect(_start.AddSeconds(71), "s5", "/pay", "external"),
            TestEvents.Unauthorized(_start.AddSeconds(72), "/api/v1/orders", "s5"),
            TestEvents.Redirect(_start.AddSeconds(73), "s5", "/old", "/silent", status: 301),
            // The browser reports its redirect after the request of the target.
            TestEvents.Page(_start.AddSeconds(80), "s6", "/checkout"),
            TestEvents.Create(
                _start.AddSeconds(81), "browser.redirected", "s6", "/cart", ("shop.jump.from", "/cart"), ("shop.jump.to", "/checkout")),
        ];
        await database.Store.StoreAsync(events, CancellationToken.None);

        var result = await ReadAsync(database, new(GetScope(), JumpPairs.Route));

        Assert.Equal(11, result.Count);
        Assert.Equal(
            [
                ("/login/callback", "/", 302, 4L, 1L, 2L, 1L),
                ("/api/v1/orders", "401", 401, 1, 0, 0, 1),
                ("/cart", "/cart", 303, 1, 0, 1, 0),
                ("/cart", "/checkout", null, 1, 1, 0, 0),
                ("/login", "/sso/:rest", 302, 1, 1, 0, 0),
                ("/old", "/silent", 301, 1, 0, 0, 1),
                ("/pay", "external", 302, 1, 0, 0, 1),
                ("/sso/:rest", "/login/callback", 302, 1, 1, 0, 0),
            ],
            result.Pairs.Select(pair => (pair.From, pair.To, pair.Status, pair.Count, pair.Reached, pair.NotSeen, pair.Unknown)));
        // Those that were not seen first, and of them the latest.
        Assert.Equal([events[6].TraceId!, events[4].TraceId!, events[10].TraceId!], result.Pairs[0].TraceIds);

        var byReferrer = await ReadAsync(database, new(GetScope(), JumpPairs.Referrer));
        Assert.Contains(byReferrer.Pairs, pair => (pair.From, pair.To, pair.Count) == ("/products", "/sso/:rest", 1));
        Assert.Contains(byReferrer.Pairs, pair => (pair.From, pair.To, pair.Count) == ("none", "/", 4));
        Assert.Contains(byReferrer.Pairs, pair => (pair.From, pair.To, pair.Count) == ("/cart", "/checkout", 1));
    }

    [Fact]
    public async Task Rate_is_per_minute_of_the_range_and_the_peak_is_the_most_within_60_seconds()
    {
        await using var database = await CreateAsync();
        // One in each of 30 minutes, and 50 over the border of two minutes.
        var steady = Enumerable.Range(0, 30).Select(minute => _start.AddMinutes(minute));
        var burst = Enumerable.Range(0, 50).Select(second => _start.AddMinutes(40).AddSeconds(second - 25));
        await database.Store.StoreAsync(
            [.. steady.Concat(burst).Select((time, index) => TestEvents.Redirect(time, $"s{index % 4}", "/a", "/b"))],
            CancellationToken.None);

        var result = await ReadAsync(database, new(GetScope(), JumpPairs.Route));

        var pair = Assert.Single(result.Pairs);
        Assert.Equal((80, 4, 50), (pair.Count, pair.Units, pair.PeakPerMinute));
        Assert.Equal(80 / 60.0, pair.PerMinute, precision: 10);
        Assert.Equal(60, result.BucketSeconds);
        Assert.Equal(80, pair.Rates.Sum(), precision: 6);
        Assert.Equal([1, 0, 25, 25], [pair.Rates[29], pair.Rates[30], pair.Rates[39], pair.Rates[40]]);
    }

    [Fact]
    public async Task Filter_leaves_the_jumps_of_other_visitors_out()
    {
        await using var database = await CreateAsync();
        await database.Store.StoreAsync(
            [
                TestEvents.Page(_start, "s1", "/") with { Device = "mobile" },
                TestEvents.Page(_start, "s2", "/") with { Device = "desktop" },
                TestEvents.Redirect(_start.AddSeconds(1), "s1", "/a", "/b"),
                TestEvents.Redirect(_start.AddSeconds(1), "s2", "/a", "/b"),
                TestEvents.Redirect(_start.AddSeconds(1), null, "/a", "/b"),
                TestEvents.Redirect(_start.AddSeconds(1), "s3", "/a", "/b") with { Synthetic = true },
            ],
            CancellationToken.None);
        var scope = GetScope();

        Assert.Equal(3, (await ReadAsync(database, new(scope, JumpPairs.Route))).Count);
        Assert.Equal(4, (await ReadAsync(database, new(scope with { IncludesSynthetic = true }, JumpPairs.Route))).Count);
        var mobile = new Dictionary<EventDimension, string> { [EventDimension.Device] = "mobile" };
        Assert.Equal(1, (await ReadAsync(database, new(scope with { Filters = mobile }, JumpPairs.Route))).Count);
    }

    [Fact]
    public async Task Range_with_more_jumps_than_fit_into_memory_is_refused_with_a_problem_of_the_range()
    {
        await using var database = await CreateAsync();
        await database.Store.StoreAsync(
            [.. Enumerable.Range(0, 4).Select(second => TestEvents.Redirect(_start.AddSeconds(second), "s1", "/a", "/b"))],
            CancellationToken.None);
        await using var scope = database.Services.CreateAsyncScope();
        var fields = new QueryFields(new QueryCollection(), TimeProvider.System);

        Assert.Equal(4, (await fields.ReadAsync(() => ReadAsync(4)))!.Count);
        Assert.Null(await fields.ReadAsync(() => ReadAsync(3)));

        Assert.Equal(["The range has more than 3 jumps. Choose a shorter one."], fields.Errors["from"]);

        Task<JumpResult> ReadAsync(int max)
        {
            var db = scope.ServiceProvider.GetRequiredService<InsightsDbContext>();
            var jumps = new JumpReader(db, scope.ServiceProvider.GetRequiredService<EventFreshness>()) { MaxJumps = max };
            return jumps.ReadAsync(new(GetScope(), JumpPairs.Route), CancellationToken.None);
        }
    }

    private async Task<InsightsDatabase> CreateAsync() =>
        await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));

    private static EventScope GetScope() =>
        new(_start, _start.AddHours(1), EventUnit.Session, new Dictionary<EventDimension, string>(), false);

    private static async Task<JumpResult> ReadAsync(InsightsDatabase database, JumpQuery query)
    {
        await using var scope = database.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<JumpReader>().ReadAsync(query, CancellationToken.None);
    }
}

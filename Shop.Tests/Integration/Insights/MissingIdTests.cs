using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Shop.Insights.Alerts;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Quality;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>The alert on events that lack their ids.</summary>
[Collection(WholeApplication.Name)]
public sealed class MissingIdTests(ShopApp shop) : IAsyncLifetime
{
    private const string State = "select string_agg(subject || ' ' || state, ', ' order by subject) from alerts";

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly QualityOptions _options = new();
    private InsightsDatabase? _database;

    private InsightsDatabase Database => _database!;

    public async Task InitializeAsync() => _database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));

    public async Task DisposeAsync() => await Database.DisposeAsync();

    [Fact]
    public async Task Events_of_which_too_few_have_an_id_are_one_alert_with_traces_until_enough_have_it_again()
    {
        // 6 of 200 are 3%; the limit is 2%.
        var events = CreateEvents(200, 6);
        await StoreAsync(events);

        await RunAsync();
        await RunAsync();

        Assert.Equal("cart cart.line_added session firing", await Database.ReadAsync<string>(State));
        Assert.Equal(
            "6 of 200 events cart.line_added of cart within an hour have no session: 3.0%. The limit is 2.0%. The alert ends at 1.6%.",
            await Database.ReadAsync<string>("select explanation from alerts"));
        var traces = await Database.ReadAsync<string[]>("select trace_ids from alerts");
        Assert.Equal(3, traces.Length);
        Assert.Subset(events.Take(6).Select(e => e.TraceId!).ToHashSet(), traces.ToHashSet());
        Assert.Equal("webhook:ops firing", await ReadNotificationsAsync());

        // The evaluation of jumps leaves it alone.
        await new AlertEvaluator(
                Database.Services.GetRequiredService<BackgroundConnections>(), Options.Create(new AlertOptions()),
                Options.Create(new EventOptions()), _time, NullLogger<AlertEvaluator>.Instance)
            .EvaluateAsync(_time.GetUtcNow(), CancellationToken.None);
        Assert.Equal("cart cart.line_added session firing", await Database.ReadAsync<string>(State));

        // 1.8% is below the limit, and above that at which the alert ends.
        await StoreAsync(CreateEvents(134));
        await RunAsync();
        Assert.Equal("cart cart.line_added session firing", await Database.ReadAsync<string>(State));

        await StoreAsync(CreateEvents(66));
        await RunAsync();

        Assert.Equal("cart cart.line_added session resolved", await Database.ReadAsync<string>(State));
        Assert.Equal(0.03, await Database.ReadAsync<double>("select peak from alerts"), precision: 10);
        Assert.Equal(0.015, await Database.ReadAsync<double>("select value from alerts"), precision: 10);
        Assert.Equal("webhook:ops firing, webhook:ops resolved", await ReadNotificationsAsync());
    }

    [Fact]
    public async Task Few_events_those_of_a_clean_up_and_those_of_programs_are_no_alert_when_they_lack_their_ids()
    {
        await StoreAsync([.. CreateEvents(99).Select(e => e with { TraceId = null })]);
        await StoreAsync([.. CreateEvents(200).Select(e => e with { Name = "stock.expired", SessionId = null })]);
        await StoreAsync([.. CreateEvents(200).Select(e => e with { Name = "page.viewed", Synthetic = true, SessionId = null })]);
        // Of 200 events, two are of a session that has seen a variant before.
        await StoreAsync([TestEvents.Create(_time.GetUtcNow().AddMinutes(-40), "feature_flag.evaluation", "exposed")]);
        await StoreAsync([.. CreateEvents(200).Select((e, index) =>
            e with { Name = "product.viewed", SessionId = index < 2 ? "exposed" : "s" })]);

        await RunAsync();

        Assert.Equal(0, await Database.ReadAsync<long>("select count(*) from alerts"));
    }

    [Fact]
    public async Task Events_without_the_experiment_that_their_session_has_seen_are_an_alert_with_traces_of_such_events()
    {
        await StoreAsync([TestEvents.Create(_time.GetUtcNow().AddMinutes(-40), "feature_flag.evaluation", "exposed")]);
        var exposed = CreateEvents(150)
            .Select((e, index) => e with { SessionId = "exposed", Experiment = index < 5 ? null : "checkout" }).ToList();
        await StoreAsync(exposed);
        await StoreAsync(CreateEvents(150));

        await RunAsync();

        Assert.Equal("cart cart.line_added experiment firing", await Database.ReadAsync<string>(State));
        Assert.Subset(
            exposed.Take(5).Select(e => e.TraceId!).ToHashSet(),
            (await Database.ReadAsync<string[]>("select trace_ids from alerts")).ToHashSet());
    }

    [Fact]
    public async Task Alert_goes_on_without_enough_events_to_decide_and_ends_after_a_day_without_one()
    {
        await StoreAsync(CreateEvents(200, 200));
        await RunAsync();
        _time.Advance(TimeSpan.FromHours(2));
        await RunAsync();
        await StoreAsync(CreateEvents(50));
        await RunAsync();
        Assert.Equal("cart cart.line_added session firing", await Database.ReadAsync<string>(State));

        _time.Advance(TimeSpan.FromHours(25));
        await RunAsync();

        Assert.Equal("cart cart.line_added session resolved", await Database.ReadAsync<string>(State));
    }

    [Fact]
    public async Task Alert_ends_when_the_limit_is_lower()
    {
        await StoreAsync(CreateEvents(200, 6));
        await RunAsync();

        _options.MinShare = 0.9;
        await RunAsync();

        Assert.Equal("cart cart.line_added session resolved", await Database.ReadAsync<string>(State));
    }

    // Half an hour ago; the first ones have no session.
    private List<StoredEvent> CreateEvents(int count, int withoutSession = 0) =>
    [
        .. Enumerable.Range(0, count).Select(index =>
            TestEvents.Create(_time.GetUtcNow().AddMinutes(-30), "cart.line_added", "s") with
            {
                Service = "cart", SessionId = index < withoutSession ? null : "s",
            }),
    ];

    private Task<string> ReadNotificationsAsync() => Database.ReadAsync<string>(
        "select string_agg(channel || ' ' || state, ', ' order by channel, state) from alert_notifications");

    private async Task StoreAsync(List<StoredEvent> events) => await ActivatorUtilities.CreateInstance<EventStore>(Database.Services, _time)
        .StoreAsync(events, CancellationToken.None);

    private async Task RunAsync()
    {
        var alerts = new AlertOptions();
        alerts.Webhooks["ops"] = new() { Url = "https://hooks.example.com/1" };
        var check = new MissingIdCheck(
            Database.Services.GetRequiredService<BackgroundConnections>(), Options.Create(_options), Options.Create(alerts), _time,
            NullLogger<MissingIdCheck>.Instance);
        // The service of the application checks its own schema of the database, and all of them share the lock.
        await Eventually.ReadAsync(() => check.RunAsync(CancellationToken.None), isDone => isDone);
    }
}

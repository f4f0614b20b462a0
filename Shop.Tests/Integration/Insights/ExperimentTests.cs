using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Insights.Events;
using Shop.Insights.Experiments;
using Shop.Insights.Funnels;
using Shop.Insights.Queries;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>Experiments of the database.</summary>
[Collection(WholeApplication.Name)]
public sealed class ExperimentTests(ShopApp shop)
{
    private static readonly DateTimeOffset _start = new(DateTime.UtcNow.Date.AddDays(-2).AddHours(9), TimeSpan.Zero);
    private static readonly string[] _onePage = ["/cart", "/checkout", "/orders/:orderId"];
    private static readonly string[] _twoSteps = ["/cart", "/checkout", "/checkout/payment", "/orders/:orderId"];

    private int _sessions;

    [Fact]
    public async Task Conversion_and_path_of_each_variant_count_from_the_first_exposure_and_leave_the_others_out()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        StoredEvent[] events =
        [
            // 10 of 40 convert, and 20 of 40.
            .. Enumerable.Range(0, 10).SelectMany(_ => Visit("one_page", _onePage, pays: true)),
            .. Enumerable.Range(0, 30).SelectMany(_ => Visit("one_page", ["/cart", "/checkout"], pays: false)),
            .. Enumerable.Range(0, 20).SelectMany(_ => Visit("two_steps", _twoSteps, pays: true)),
            .. Enumerable.Range(0, 20).SelectMany(_ => Visit("two_steps", ["/cart", "/checkout"], pays: false)),
            // Walks the path of the other variant; a page that failed, and one that is no part of the experiment, do not count.
            .. Visit("two_steps", ["/", .. _onePage, "/products"], pays: false),
            // Saw both, and was forced.
            .. Visit("one_page", _onePage, pays: true, other: "two_steps"),
            .. Visit("two_steps", _twoSteps, pays: true, reason: "static"),
            // Paid before the exposure, and too late.
            .. Visit("one_page", ["/cart"], pays: true, paidAfter: TimeSpan.FromSeconds(-5)),
            .. Visit("one_page", ["/cart"], pays: true, paidAfter: TimeSpan.FromHours(25)),
        ];
        await database.Store.StoreAsync(events, CancellationToken.None);

        var result = await ReadAsync(database, new Dictionary<EventDimension, string>());

        var experiment = Assert.Single(result.Experiments);
        Assert.Equal(("checkout", 85, 1, 1), (experiment.Name, experiment.Exposed, experiment.InSeveralVariants, experiment.Forced));
        Assert.Equal(["one_page", "two_steps"], experiment.Variants.Select(variant => variant.Name));
        var (one, two) = (experiment.Variants[0], experiment.Variants[1]);
        Assert.Equal((42, 10, 0.5), (one.Units, one.Conversions, one.ExpectedShare));
        Assert.Equal((41, 20), (two.Units, two.Conversions));
        Assert.Equal((20 / 41.0) - (10 / 42.0), two.Difference!.Value, precision: 12);
        Assert.InRange(two.Test!.PValue, 0.01, 0.05);
        Assert.Null(one.Test);
        Assert.True(one.Low < one.Rate && one.Rate < one.High);
        Assert.False(experiment.SampleRatio!.IsMismatch);

        Assert.Equal((10, 10 / 42.0, 1), (one.Paths!.Exact, one.Paths.ExactShare, one.Paths.OnPathShare));
        // 30 lack the last page of three, and two lack two of them.
        Assert.Equal(((30 / 3.0) + (2 * 2 / 3.0)) / 42, one.Paths.MeanDistance, precision: 12);
        Assert.Equal((20, 20 / 41.0, 40 / 41.0), (two.Paths!.Exact, two.Paths.ExactShare, two.Paths.OnPathShare));
        // 20 lack the last two of four, and one lacks one of them.
        Assert.Equal(((20 / 2.0) + (1 / 4.0)) / 41, two.Paths.MeanDistance, precision: 12);
        Assert.Equal(two.Paths.ExactShare - one.Paths.ExactShare, two.ExactDifference!.Value, precision: 12);
    }

    [Fact]
    public async Task Wrong_shares_of_the_variants_are_a_mismatch_and_a_filter_leaves_sessions_out()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        StoredEvent[] events =
        [
            .. Enumerable.Range(0, 100).SelectMany(_ => Visit("one_page", ["/cart"], pays: false, segment: "new")),
            .. Enumerable.Range(0, 40).SelectMany(_ => Visit("two_steps", ["/cart"], pays: false, segment: "member")),
        ];
        await database.Store.StoreAsync(events, CancellationToken.None);

        var all = Assert.Single((await ReadAsync(database, new Dictionary<EventDimension, string>())).Experiments);
        Assert.True(all.SampleRatio!.IsMismatch);
        Assert.Null(all.Variants[1].Test);

        var filter = new Dictionary<EventDimension, string> { [EventDimension.Segment] = "member" };
        var members = Assert.Single((await ReadAsync(database, filter)).Experiments);
        Assert.Equal([0, 40], members.Variants.Select(variant => variant.Units));
    }

    [Fact]
    public async Task Variants_are_compared_with_the_control_that_is_configured()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        database.Services.GetRequiredService<IOptions<ExperimentOptions>>().Value.Expected["checkout"].Control = "two_steps";
        StoredEvent[] events =
        [
            .. Visit("one_page", ["/cart"], pays: true), .. Visit("two_steps", ["/cart"], pays: true),
            .. Visit("two_steps", ["/cart"], pays: false),
        ];
        await database.Store.StoreAsync(events, CancellationToken.None);

        var experiment = Assert.Single((await ReadAsync(database, new Dictionary<EventDimension, string>())).Experiments);

        Assert.Equal(
            [("two_steps", null), ("one_page", 0.5)],
            experiment.Variants.Select(variant => (variant.Name, variant.Difference)));
    }

    [Fact]
    public async Task Visitors_who_come_back_often_do_not_change_the_shares()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        await database.Store.StoreAsync(
            [
                .. Visits(52, "two_steps", "split"), .. Visits(48, "one_page", "split"),
                .. Visits(520, "two_steps", "cached"), .. Visits(380, "one_page", "cached"),
            ],
            CancellationToken.None);

        var experiment = Assert.Single((await ReadAsync(database, new Dictionary<EventDimension, string>())).Experiments);

        Assert.False(experiment.SampleRatio!.IsMismatch);
        Assert.Equal(
            [("one_page", 428L, 48L), ("two_steps", 572, 52)],
            experiment.Variants.Select(variant => (variant.Name, variant.Units, variant.AssignedUnits)).Order());

        IEnumerable<StoredEvent> Visits(int count, string variant, string reason) =>
            Enumerable.Range(0, count).SelectMany(_ => Visit(variant, ["/checkout"], pays: false, reason: reason));
    }

    private IEnumerable<StoredEvent> Visit(
        string variant,
        string[] pages,
        bool pays,
        string? other = null,
        string reason = "split",
        TimeSpan? paidAfter = null,
        string? segment = null)
    {
        var (session, time) = ($"s{++_sessions}", _start.AddSeconds(_sessions));
        foreach (var page in pages)
        {
            yield return TestEvents.Page(time = time.AddSeconds(1), session, page) with { Segment = segment };
            // A repeat is no other page, and an error none at all.
            yield return TestEvents.Page(time.AddMilliseconds(10), session, page) with { Segment = segment };
            yield return TestEvents.Page(time.AddMilliseconds(20), session, "/checkout/payment", status: 503) with { Segment = segment };
        }

        var exposed = _start.AddSeconds(_sessions + 1.5);
        foreach (var seen in other is null ? [variant] : (string[])[variant, other])
        {
            var exposure = TestEvents.Create(
                exposed = exposed.AddMilliseconds(1), "feature_flag.evaluation", session, "/checkout", ("feature_flag.key", "checkout"),
                ("feature_flag.result.variant", seen), ("feature_flag.result.reason", reason));
            yield return exposure with { Segment = segment };
        }

        if (pays)
        {
            yield return TestEvents.Create(exposed + (paidAfter ?? TimeSpan.FromSeconds(10)), "payment.accepted", session);
        }
    }

    private static async Task<ExperimentResult> ReadAsync(InsightsDatabase database, IReadOnlyDictionary<EventDimension, string> filters)
    {
        await using var scope = database.Services.CreateAsyncScope();
        var query = new ExperimentQuery(
            new(_start, _start.AddHours(1), EventUnit.Session, filters, false),
            new FunnelStep("Payment", "payment.accepted", []),
            TimeSpan.FromHours(24));
        return await scope.ServiceProvider.GetRequiredService<ExperimentReader>().ReadAsync(query, CancellationToken.None);
    }
}

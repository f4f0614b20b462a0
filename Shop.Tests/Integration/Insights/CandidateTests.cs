using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Insights.CriticalRoutes;
using Shop.Insights.Events;
using Shop.Insights.Funnels;
using Shop.Insights.Queries;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>Candidates for critical routes, from the events of the database.</summary>
[Collection(WholeApplication.Name)]
public sealed class CandidateTests(ShopApp shop)
{
    private static readonly string[] _names = ["page.viewed", "page.viewed", "x", "y", "buy"];
    private static readonly string?[] _paths = ["/a", "/b", "other", null];
    private static readonly string?[] _segments = ["new", "returning", null];

    // Two days ago, within a day.
    private static readonly DateTimeOffset _start = new(DateTime.UtcNow.Date.AddDays(-2).AddHours(9), TimeSpan.Zero);

    // Few names, units and times, so that pages and conversions coincide, repeat and come in any order.
    private static readonly Gen<Shape> _event =
        from unit in Gen.Int[0, 6]
        from name in Gen.Int[0, 4]
        from path in Gen.Int[0, 3]
        from milliseconds in Gen.Int[0, 40]
        from segment in Gen.Int[0, 2]
        from synthetic in Gen.Int[0, 9]
        from marked in Gen.Int[0, 3]
        select new Shape(unit, name, path, milliseconds * 50, segment, synthetic == 0, marked == 0);

    private static readonly Gen<Configuration> _configuration =
        from events in _event.Array[0, 60]
        from ofPage in Gen.Bool
        from unit in Gen.Enum<EventUnit>()
        from range in Gen.Select(Gen.Int[0, 1000], Gen.Int[1, 2200])
        from filtered in Gen.Bool
        from synthetic in Gen.Bool
        select new Configuration(events, ofPage, unit, range, filtered, synthetic);

    [Fact]
    public async Task Counts_of_200_random_configurations_agree_with_a_second_implementation()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        await AssertAgreementAsync(database);
    }

    [Fact]
    public async Task Page_before_conversions_is_a_candidate_unless_it_is_rare_or_marked_or_by_chance()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        await AssertCandidatesAsync(database);
    }

    internal static async Task AssertAgreementAsync(InsightsDatabase database)
    {
        var start = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.AddDays(-2).ToUnixTimeMilliseconds());
        var (sequence, found) = (0L, 0);
        await _configuration.SampleAsync(
            async configuration =>
            {
                // Each has a minute of its own.
                start += TimeSpan.FromMinutes(1);
                var events = configuration.Events.Select(shape => shape.ToEvent(start, ++sequence)).ToList();
                await database.Store.StoreAsync(events, CancellationToken.None);
                var query = configuration.ToQuery(start);

                var actual = await ReadAsync(database, query, new() { MinSessions = 1, MinSupport = 0 });

                var expected = CandidateReference.Compute(query, events);
                found += expected.Nodes.Count;
                Assert.Equal((expected.Units, expected.Converted), ((int)actual.Units, (int)actual.Converted));
                Assert.Equal(expected.Nodes.Keys.Order(), actual.Items.Select(item => (item.Kind, item.Name)).Order());
                Assert.All(actual.Items, item =>
                {
                    var node = expected.Nodes[(item.Kind, item.Name)];
                    Assert.Equal((node.Converted.Count + node.Lost.Count, node.Converted.Count), ((int)item.Units, (int)item.Converted));
                    Assert.Equal(2 * node.Marked >= node.Events ? "checkout" : null, item.CriticalRoute);
                    var examples = node.Converted.Count > 0 ? node.Converted : node.Lost;
                    if (query.Scope.Unit is EventUnit.Session)
                    {
                        Assert.Contains(item.ExampleSessionId, examples);
                    }
                });
            },
            iter: 200,
            threads: 1);
        Assert.True(found > 200, $"Only {found} pages and events were found.");
    }

    internal static async Task AssertCandidatesAsync(InsightsDatabase database)
    {
        var events = new List<StoredEvent>();
        for (var session = 0; session < 400; session++)
        {
            // 400 sessions, of which 80 convert: 60 of the 100 that have the guide, 20 of the 300 others.
            var (hasGuide, number) = (session < 100, session < 100 ? session : session - 100);
            var converts = number < (hasGuide ? 60 : 20);
            Add("page.viewed", "/", 0);
            if (hasGuide)
            {
                // By a route that was accepted, and is no longer.
                Add("page.viewed", "/guide", 1, "accepted.guide");
            }

            if (session % 2 == 0)
            {
                Add("cart.viewed", "/cart", 2);
            }

            if (converts)
            {
                Add("page.viewed", "/checkout", 3, "checkout");
                Add("payment.accepted", null, 4);
                Add("page.viewed", "/thanks", 5);
            }

            // 10 sessions are fewer than there must be, although all of them convert.
            if (converts && hasGuide && number < 10)
            {
                Add("page.viewed", "/rare", 2);
            }

            void Add(string name, string? path, int second, string? criticalRoute = null) => events.Add(TestEvents.Create(
                _start.AddSeconds((session * 10) + second), name, $"s{session}", path,
                criticalRoute is null ? [] : [("shop.critical_route", criticalRoute)]));
        }

        await database.Store.StoreAsync(events, CancellationToken.None);
        var query = new CandidateQuery(
            new(_start, _start.AddHours(2), EventUnit.Session, new Dictionary<EventDimension, string>(), IncludesSynthetic: false),
            FunnelStep.Parse("payment.accepted")!);

        var result = await ReadAsync(database, query, new());

        Assert.Equal((400L, 80L), (result.Units, result.Converted));
        // What has no other sessions to compare it with is not compared.
        Assert.Equal(2, result.Tests);
        Assert.Equal(
            [("/guide", true, null), ("/checkout", false, "checkout"), ("/", false, null), ("cart.viewed", false, (string?)null)],
            result.Items.Select(item => (item.Name, item.IsCandidate, item.CriticalRoute)));
        var guide = result.Items[0];
        Assert.Equal(("page", 100L, 60L, 0.25, 0.6), (guide.Kind, guide.Units, guide.Converted, guide.Support, guide.Confidence));
        Assert.Equal(3, guide.Lift!.Value, precision: 12);
        Assert.InRange(guide.Low!.Value, 2, 3);
        Assert.InRange(guide.High!.Value, 3, 4);
        Assert.InRange(guide.PValue!.Value, 0, 1e-9);
        // The latest of those that convert, and the trace of its first view of the page.
        var example = events.Single(e => e.SessionId == "s59" && e.PagePath == "/guide");
        Assert.Equal(("s59", example.TraceId), (guide.ExampleSessionId, guide.ExampleTraceId));
        Assert.True(result.Items.Single(item => item.Name == "cart.viewed").PValue > 0.05);

        await using (var scope = database.Services.CreateAsyncScope())
        {
            Assert.True(await scope.ServiceProvider.GetRequiredService<AcceptedRouteStore>()
                .AcceptAsync("/guide", null, "ada", CancellationToken.None));
        }

        var accepted = (await ReadAsync(database, query, new())).Items.Single(item => item.Name == "/guide");
        Assert.Equal((false, "accepted.guide"), (accepted.IsCandidate, accepted.CriticalRoute));
    }

    private static async Task<CandidateResult> ReadAsync(
        InsightsDatabase database, CandidateQuery query, CriticalRouteCandidateOptions options)
    {
        await using var scope = database.Services.CreateAsyncScope();
        return await ActivatorUtilities.CreateInstance<CandidateReader>(scope.ServiceProvider, Options.Create(options))
            .ReadAsync(query, CancellationToken.None);
    }

    internal sealed record Shape(int Unit, int Name, int Path, int Milliseconds, int Segment, bool Synthetic, bool Marked)
    {
        public StoredEvent ToEvent(DateTimeOffset start, long sequence) => new(
            Guid.CreateVersion7(), start.AddMilliseconds(Milliseconds), sequence, _names[Name], "test",
            Unit == 0 ? null : $"s{Unit}", $"j{Unit % 4}", null, new string('a', 32), null,
            _segments[Segment], null, null, null, null, Synthetic, _paths[Path], null, null, null,
            Marked ? """{"shop.critical_route":"checkout"}""" : "{}");
    }

    internal sealed record Configuration(
        Shape[] Events, bool ConvertsOnPage, EventUnit Unit, (int From, int Length) Range, bool Filtered, bool Synthetic)
    {
        public CandidateQuery ToQuery(DateTimeOffset start) => new(
            new(
                start.AddMilliseconds(Range.From),
                start.AddMilliseconds(Range.From + Range.Length),
                Unit,
                Filtered ? new Dictionary<EventDimension, string> { [EventDimension.Segment] = "new" } : [],
                Synthetic),
            FunnelStep.Parse(ConvertsOnPage ? "buy shop.page.path=/a" : "buy")!);
    }
}

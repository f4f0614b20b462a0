using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.Insights.Causes;
using Shop.Insights.Correlations;
using Shop.Insights.Events;
using Shop.Insights.Funnels;
using Shop.Insights.Queries;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>What lost sessions had before, from the events of the database.</summary>
[Collection(WholeApplication.Name)]
public sealed class CorrelationTests(ShopApp shop)
{
    private const string Steps = "view: page.viewed shop.page.path=/; cart: cart.line_added; order: checkout.submitted";

    private static readonly string[] _names = ["a", "b", "c", "d"];
    private static readonly string?[] _segments = ["new", "returning", null];
    private static readonly string?[] _variants = ["x", null];

    // Two days ago, within a day.
    private static readonly DateTimeOffset _start = new(DateTime.UtcNow.Date.AddDays(-2).AddHours(9), TimeSpan.Zero);

    // Few names, units and times, so that steps coincide, repeat and come in any order, within a second and further apart.
    private static readonly Gen<Shape> _event =
        from unit in Gen.Int[0, 8]
        from name in Gen.Int[0, 3]
        from milliseconds in Gen.Int[0, 40]
        from detail in Gen.Int[0, 3]
        from segment in Gen.Int[0, 2]
        from variant in Gen.Int[0, 1]
        from synthetic in Gen.Int[0, 9]
        select new Shape(unit, name, milliseconds * 150, detail, segment, variant, synthetic == 0);

    private static readonly Gen<Configuration> _configuration =
        from events in _event.Array[20, 80]
        from steps in Gen.Int[0, 3].Array[2, 4]
        from step in Gen.Int[2, 4]
        from window in Gen.Int[500, 6600]
        from order in Gen.Enum<StepOrder>()
        from unit in Gen.Enum<EventUnit>()
        from range in Gen.Select(Gen.Int[0, 1000], Gen.Int[1000, 6600])
        from filter in Gen.Int[0, 3]
        from synthetic in Gen.Bool
        select new Configuration(events, steps, Math.Min(step, steps.Length), window, order, unit, range, filter == 0, synthetic);

    [Fact]
    public async Task Correlations_of_50_random_configurations_agree_with_a_second_implementation()
    {
        await using var database = await CreateAsync();
        var (number, sequence, found) = (0, 0L, 0);
        await _configuration.SampleAsync(
            async configuration =>
            {
                // Each has a minute of its own.
                var start = _start.AddMinutes(number++);
                var events = configuration.Events.Select(shape => shape.ToEvent(start, ++sequence)).ToList();
                await database.Store.StoreAsync(events, CancellationToken.None);
                var query = configuration.ToQuery(start);

                var actual = await ReadAsync(database, query, minSessions: 1);

                var expected = CorrelationReference.Compute(query, events);
                found += expected.Found.Count;
                Assert.Equal((expected.Lost, expected.Reached), ((int)actual.Lost, (int)actual.Reached));
                Assert.Equal(
                    expected.Found.Select(pair => (pair.Key, pair.Value)).OrderBy(pair => pair.Key),
                    actual.Items
                        .Select(item => (
                            Key: (item.Event, item.Property, item.Value),
                            Value: new CorrelationReference.Counts(item.LostWith, item.ReachedWith)))
                        .OrderBy(pair => pair.Key));
                Assert.All(actual.Items, item =>
                {
                    Assert.Equal((actual.Lost, actual.Reached), (item.LostWith + item.LostWithout, item.ReachedWith + item.ReachedWithout));
                    Assert.InRange(item.OddsRatio, item.Low, item.High);
                });
            },
            iter: 50,
            threads: 1);
        Assert.True(found > 40, $"Only {found} events and values were compared.");
    }

    [Fact]
    public async Task Odds_ratios_are_exact_and_their_probabilities_are_corrected_for_all_comparisons()
    {
        await using var database = await CreateAsync();
        // 100 sessions are lost before the order, and 100 order.
        await StoreAsync(database, 200, (session, isLost) =>
        [
            // 40 of those that are lost have an error of a script, and 20 of the others.
            session % 100 < (isLost ? 40 : 20),
            // 6 and 14.
            session % 100 >= (isLost ? 94 : 86),
            // 19 in total, which is too few.
            session % 100 < (isLost ? 19 : 0),
        ]);

        var result = await ReadAsync(database, CreateQuery(), minSessions: 20);

        Assert.Equal((100L, 100L, 3, "order", 4), (result.Lost, result.Reached, result.Step, result.Label, result.Comparisons));
        // What all have, such as the steps before, and a value that all events of a name have, are not compared.
        Assert.Equal(
            [
                ("browser.error", null, null, 40L, 20L), ("page.viewed", "shop.page.path", "/help", 6L, 14L),
                (null, "segment", "member", 50L, 50L), (null, "segment", "new", 50L, 50L),
            ],
            result.Items.Select(item => (item.Event, item.Property, item.Value, item.LostWith, item.ReachedWith)));
        // By hand: 40.5 * 80.5 / (20.5 * 60.5), and its logarithm plus and minus 1.96 * sqrt(1/40.5 + 1/20.5 + 1/60.5 + 1/80.5).
        var error = result.Items[0];
        Assert.Equal((60L, 80L), (error.LostWithout, error.ReachedWithout));
        Assert.Equal(2.628703890, error.OddsRatio, tolerance: 1e-8);
        Assert.Equal(1.403868439, error.Low, tolerance: 1e-8);
        Assert.Equal(4.922173582, error.High, tolerance: 1e-8);
        // Chi-square is 200 (40 * 80 - 20 * 60)^2 / (60 * 140 * 100 * 100) = 9.5238, so p is 0.0020282; that of the page is 0.0593464.
        Assert.Equal(4 * 0.0020282311, error.PValue!.Value, tolerance: 1e-8);
        Assert.Equal(3 * 0.0593464388, result.Items[1].PValue!.Value, tolerance: 1e-8);
        Assert.Equal([1.0, 1.0], result.Items.Skip(2).Select(item => item.PValue!.Value));
    }

    [Fact]
    public async Task Event_that_fewer_than_five_sessions_are_expected_to_have_is_shown_without_a_probability()
    {
        await using var database = await CreateAsync();
        // 180 are lost and 20 order. 30 have the event, so 3 of those that order are expected to.
        await StoreAsync(database, 200, (session, isLost) => [session % 180 < (isLost ? 27 : 3), false, false], lost: 180);

        var result = await ReadAsync(database, CreateQuery(), minSessions: 20);

        var error = Assert.Single(result.Items, item => item.Event == "browser.error");
        Assert.Equal((27L, 3L, null), (error.LostWith, error.ReachedWith, error.PValue));
        Assert.Equal(result.Items.Count(item => item.PValue is not null), result.Comparisons);
        Assert.Equal(result.Items.OrderBy(item => item.PValue ?? 2).Select(item => item.PValue), result.Items.Select(item => item.PValue));
    }

    [Theory]
    [InlineData(-1.5, true)] // certainly before the step before
    [InlineData(-0.5, false)] // at the same time
    [InlineData(5, false)] // after it
    public async Task Event_counts_that_is_certainly_before_the_step_before(double seconds, bool isCounted)
    {
        await using var database = await CreateAsync();
        await database.Store.StoreAsync(
            [
                TestEvents.Page(_start, "s1", "/"), TestEvents.Page(_start, "s2", "/"),
                TestEvents.Create(_start.AddSeconds(10 + seconds), "browser.error", "s1"),
                TestEvents.Create(_start.AddSeconds(10), "cart.line_added", "s1"),
                TestEvents.Create(_start.AddSeconds(10), "cart.line_added", "s2"),
                TestEvents.Create(_start.AddSeconds(10.2), "checkout.submitted", "s2"),
            ],
            CancellationToken.None);

        var result = await ReadAsync(database, CreateQuery(), minSessions: 1);

        Assert.Equal((1L, 1L), (result.Lost, result.Reached));
        string[] expected = isCounted ? ["browser.error"] : [];
        Assert.Equal(expected, result.Items.Select(item => item.Event));
    }

    [Fact]
    public async Task Sessions_that_all_continued_are_not_compared()
    {
        await using var database = await CreateAsync();
        await StoreAsync(database, 40, (session, _) => [session < 20, false, false], lost: 0);

        var result = await ReadAsync(database, CreateQuery(), minSessions: 1);

        Assert.Equal((0L, 40L, 0), (result.Lost, result.Reached, result.Comparisons));
        Assert.Empty(result.Items);
    }

    // Each opens a page, has some of three other events, adds to the cart, and is lost or orders. Every other one is a member.
    private static async Task StoreAsync(
        InsightsDatabase database, int sessions, Func<int, bool, bool[]> has, int lost = 100)
    {
        var events = new List<StoredEvent>();
        for (var session = 0; session < sessions; session++)
        {
            var (name, at, isLost) = ($"s{session}", _start.AddSeconds(session), session < lost);
            var had = has(session, isLost);
            events.Add(TestEvents.Page(at, name, "/") with { Segment = session % 2 == 0 ? "member" : "new" });
            events.Add(TestEvents.Create(at.AddSeconds(60), "cart.line_added", name));
            if (had[0])
            {
                events.Add(TestEvents.Create(at.AddSeconds(10), "browser.error", name, "/", ("shop.error.source", "external")));
            }

            if (had[1])
            {
                events.Add(TestEvents.Page(at.AddSeconds(20), name, "/help"));
            }

            if (had[2])
            {
                events.Add(TestEvents.Create(at.AddSeconds(30), "page.restored", name));
            }

            if (!isLost)
            {
                // What those who continue do next does not count.
                events.Add(TestEvents.Page(at.AddSeconds(70), name, "/checkout"));
                events.Add(TestEvents.Create(at.AddSeconds(90), "checkout.submitted", name));
            }
        }

        await database.Store.StoreAsync(events, CancellationToken.None);
    }

    private static CauseQuery CreateQuery()
    {
        Assert.True(FunnelStep.TryParseAll(Steps, out var steps, out _));
        var scope = new EventScope(
            _start.AddMinutes(-1), _start.AddHours(1), EventUnit.Session, new Dictionary<EventDimension, string>(), false);
        return new(new(steps, TimeSpan.FromHours(1), StepOrder.Ordered, scope, null), Step: 3);
    }

    private static async Task<CorrelationResult> ReadAsync(InsightsDatabase database, CauseQuery query, int minSessions)
    {
        await using var scope = database.Services.CreateAsyncScope();
        return await ActivatorUtilities
            .CreateInstance<CorrelationReader>(
                scope.ServiceProvider, Options.Create(new CorrelationOptions { MinSessions = minSessions }))
            .ReadAsync(query, CancellationToken.None);
    }

    private async Task<InsightsDatabase> CreateAsync() =>
        await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));

    internal sealed record Shape(int Unit, int Name, int Milliseconds, int Detail, int Segment, int Variant, bool Synthetic)
    {
        public StoredEvent ToEvent(DateTimeOffset start, long sequence) => new(
            Guid.CreateVersion7(), start.AddMilliseconds(Milliseconds), sequence, _names[Name], "test",
            Unit == 0 ? null : $"s{Unit}", $"j{Unit}", null, new string('a', 32), null,
            _segments[Segment], "checkout", _variants[Variant], null, Detail == 3 ? "mobile" : null, Synthetic,
            Detail == 0 ? "/x" : "/y", null, null, null,
            Detail == 1 ? """{"http.response.status_code":500}""" : """{"shop.cart.id":"1"}""");
    }

    internal sealed record Configuration(
        Shape[] Events,
        int[] Steps,
        int Step,
        int Window,
        StepOrder Order,
        EventUnit Unit,
        (int From, int Length) Range,
        bool Filtered,
        bool Synthetic)
    {
        public CauseQuery ToQuery(DateTimeOffset start) => new(
            new(
                [.. Steps.Select(name => new FunnelStep(_names[name], _names[name], []))],
                TimeSpan.FromMilliseconds(Window),
                Order,
                new(
                    start.AddMilliseconds(Range.From),
                    start.AddMilliseconds(Range.From + Range.Length),
                    Unit,
                    Filtered ? new Dictionary<EventDimension, string> { [EventDimension.Segment] = "new" } : [],
                    Synthetic),
                null),
            Step);
    }
}

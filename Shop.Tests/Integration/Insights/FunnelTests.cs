using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Shop.Insights.Events;
using Shop.Insights.Funnels;
using Shop.Insights.Queries;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>Funnels of the database, held against those of a second implementation.</summary>
[Collection(WholeApplication.Name)]
public sealed class FunnelTests(ShopApp shop)
{
    private static readonly string[] _names = ["a", "b", "c", "d"];
    private static readonly string?[] _segments = ["new", "returning", null];

    // Few names, units and times, so that steps coincide, repeat and come in any order.
    private static readonly Gen<Shape> _event =
        from unit in Gen.Int[0, 6]
        from name in Gen.Int[0, 3]
        from milliseconds in Gen.Int[0, 40]
        from detail in Gen.Int[0, 3]
        from segment in Gen.Int[0, 2]
        from synthetic in Gen.Int[0, 9]
        select new Shape(unit, name, milliseconds * 50, detail, segment, synthetic == 0);

    private static readonly Gen<FunnelStep> _step =
        from name in Gen.Int[0, 3]
        from property in Gen.Int[0, 5]
        select new FunnelStep(_names[name], _names[name], property switch
        {
            0 => [new("shop.page.path", "/x")],
            1 => [new("color", "red")],
            _ => [],
        });

    private static readonly Gen<Configuration> _configuration =
        from events in _event.Array[0, 60]
        from steps in _step.Array[2, 4]
        from window in Gen.Int[1, 2200]
        from order in Gen.Enum<StepOrder>()
        from unit in Gen.Enum<EventUnit>()
        from range in Gen.Select(Gen.Int[0, 1000], Gen.Int[1, 2200])
        from filter in Gen.Int[0, 3]
        from synthetic in Gen.Bool
        from breakdown in Gen.Bool
        select new Configuration(events, steps, window, order, unit, range, filter == 0, synthetic, breakdown);

    [Fact]
    public async Task Funnels_of_200_random_configurations_agree_with_a_second_implementation()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        await AssertAgreementAsync(database);
    }

    internal static async Task AssertAgreementAsync(InsightsDatabase database)
    {
        var start = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.AddDays(-2).ToUnixTimeMilliseconds());
        var sequence = 0L;
        var entered = 0L;
        await _configuration.SampleAsync(
            async configuration =>
            {
                // Each has a minute of its own.
                start += TimeSpan.FromMinutes(1);
                var events = configuration.Events.Select(shape => shape.ToEvent(start, ++sequence)).ToList();
                await database.Store.StoreAsync(events, CancellationToken.None);
                var query = configuration.ToQuery(start);
                await using var scope = database.Services.CreateAsyncScope();

                var actual = await scope.ServiceProvider.GetRequiredService<FunnelReader>().ReadAsync(query, CancellationToken.None);

                entered += actual.Steps[0].Count;
                var total = FunnelReference.Compute(query with { Breakdown = null }, events).Values.SingleOrDefault();
                AssertSteps(total, actual.Steps);
                if (query.Breakdown is not null)
                {
                    var groups = FunnelReference.Compute(query, events);
                    Assert.Equal(groups.Keys.Order(), actual.Groups.Select(group => group.Value ?? "").Order());
                    Assert.All(actual.Groups, group => AssertSteps(groups[group.Value ?? ""], group.Steps));
                }
            },
            iter: 200,
            threads: 1);
        Assert.True(entered > 200, $"Only {entered} units entered a funnel.");
    }

    private static void AssertSteps(IReadOnlyList<FunnelReference.Step>? expected, IReadOnlyList<FunnelStepResult> actual)
    {
        Assert.Equal(expected?.Select(step => step.Count) ?? actual.Select(_ => 0L), actual.Select(step => step.Count));
        foreach (var (step, index) in actual.Skip(1).Select((step, index) => (step, index + 1)))
        {
            Assert.Equal(expected?[index].MedianSeconds ?? -1, step.MedianSeconds ?? -1, precision: 6);
            Assert.Equal(expected?[index].P90Seconds ?? -1, step.P90Seconds ?? -1, precision: 6);
            Assert.Equal(actual[index - 1].Count - step.Count, step.Lost);
        }
    }

    internal sealed record Shape(int Unit, int Name, int Milliseconds, int Detail, int Segment, bool Synthetic)
    {
        public StoredEvent ToEvent(DateTimeOffset start, long sequence) => new(
            Guid.CreateVersion7(), start.AddMilliseconds(Milliseconds), sequence, _names[Name], "test",
            Unit == 0 ? null : $"s{Unit}", $"j{Unit}", null, new string('a', 32), null,
            _segments[Segment], null, null, null, null, Synthetic, Detail == 0 ? "/x" : "/y", null, null, null,
            Detail == 1 ? """{"color":"red"}""" : """{"color":"blue"}""");
    }

    internal sealed record Configuration(
        Shape[] Events,
        FunnelStep[] Steps,
        int Window,
        StepOrder Order,
        EventUnit Unit,
        (int From, int Length) Range,
        bool Filtered,
        bool Synthetic,
        bool Divided)
    {
        public FunnelQuery ToQuery(DateTimeOffset start) => new(
            Steps,
            TimeSpan.FromMilliseconds(Window),
            Order,
            new(
                start.AddMilliseconds(Range.From),
                start.AddMilliseconds(Range.From + Range.Length),
                Unit,
                Filtered ? new Dictionary<EventDimension, string> { [EventDimension.Segment] = "new" } : [],
                Synthetic),
            Divided ? EventDimension.Segment : null);
    }
}

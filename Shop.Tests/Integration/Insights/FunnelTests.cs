using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shop.Insights.Alerts;
using Shop.Insights.Events;
using Shop.Insights.Funnels;
using Shop.Insights.Funnels.Blocks;
using Shop.Insights.Queries;
using Shop.Insights.Reconciliation;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>Funnels of the database, held against those of a second implementation.</summary>
[Collection(WholeApplication.Name)]
public sealed class FunnelTests(ShopApp shop)
{
    private static readonly string[] _names = ["a", "b", "c", "d"];
    private static readonly string?[] _segments = ["new", "returning", null];

    // Few names, units and times, so that steps coincide, repeat and come in any order, within a second and further apart.
    private static readonly Gen<Shape> _event =
        from unit in Gen.Int[0, 6]
        from name in Gen.Int[0, 3]
        from milliseconds in Gen.Int[0, 40]
        from detail in Gen.Int[0, 3]
        from segment in Gen.Int[0, 2]
        from synthetic in Gen.Int[0, 9]
        select new Shape(unit, name, milliseconds * 150, detail, segment, synthetic == 0);

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
        from window in Gen.Int[1, 6600]
        from order in Gen.Enum<StepOrder>()
        from unit in Gen.Enum<EventUnit>()
        from range in Gen.Select(Gen.Int[0, 3000], Gen.Int[1, 6600])
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

    [Theory]
    // The clock of the catalog is behind that of the storefront.
    [InlineData(-900, nameof(StepOrder.Ordered), true)]
    [InlineData(-900, nameof(StepOrder.Strict), true)]
    [InlineData(-900, nameof(StepOrder.Any), true)]
    [InlineData(-1001, nameof(StepOrder.Ordered), false)]
    [InlineData(-1001, nameof(StepOrder.Strict), false)]
    [InlineData(-1001, nameof(StepOrder.Any), false)]
    public async Task Events_of_different_types_within_a_second_count_in_either_order(int milliseconds, string name, bool isCounted)
    {
        var order = Enum.Parse<StepOrder>(name);
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        var start = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.AddHours(-2).ToUnixTimeMilliseconds());
        await database.Store.StoreAsync(
            [
                TestEvents.Create(start, "page.viewed", "s1"),
                TestEvents.Create(start.AddMilliseconds(milliseconds), "product.viewed", "s1") with { Service = "catalog" },
                TestEvents.Create(start.AddSeconds(20), "cart.line_added", "s1") with { Service = "cart" },
            ],
            CancellationToken.None);

        var steps = await ReadStepsAsync(database, start, order, "page.viewed; product.viewed; cart.line_added");

        Assert.Equal(isCounted ? [1L, 1, 1] : order is StepOrder.Any ? [1, 1, 0] : [1, 0, 0], steps.Select(step => step.Count));
        Assert.Equal(isCounted ? 0 : order is StepOrder.Any ? 20 : null, steps[1].MedianSeconds);
    }

    [Fact]
    public async Task Event_is_one_step_only_and_events_of_a_type_keep_their_order()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        var start = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.AddHours(-2).ToUnixTimeMilliseconds());
        await database.Store.StoreAsync(
            [
                TestEvents.Create(start, "page.viewed", "s1", "/cart"),
                TestEvents.Create(start.AddMilliseconds(100), "product.viewed", "s1"),
                TestEvents.Create(start.AddMilliseconds(200), "page.viewed", "s1", "/checkout"),
            ],
            CancellationToken.None);

        Assert.Equal([1L, 1, 1, 0], await CountAsync("page.viewed; product.viewed; page.viewed; page.viewed"));
        Assert.Equal([1L, 0], await CountAsync("page.viewed shop.page.path=/checkout; page.viewed shop.page.path=/cart"));
        Assert.Equal(
            [1L, 1, 0], await CountAsync("page.viewed shop.page.path=/checkout; product.viewed; page.viewed shop.page.path=/cart"));

        async Task<IEnumerable<long>> CountAsync(string steps) =>
            (await ReadStepsAsync(database, start, StepOrder.Ordered, steps)).Select(step => step.Count);
    }

    [Fact]
    public async Task Repeat_of_the_last_step_of_a_strict_funnel_is_no_other_step()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        var start = DateTimeOffset.UtcNow.AddHours(-2);
        await database.Store.StoreAsync(
            [.. CreateVisit("s1", "/", "/checkout", "/checkout"), .. CreateVisit("s2", "/", "/checkout", "/cart")], CancellationToken.None);

        var steps = await ReadStepsAsync(
            database, start, StepOrder.Strict, "page.viewed; Checkout: page.viewed shop.page.path=/checkout; checkout.submitted");

        Assert.Equal([2L, 2, 1], steps.Select(step => step.Count));

        IEnumerable<StoredEvent> CreateVisit(string session, params string[] pages) => pages
            .Select((page, index) => TestEvents.Page(start.AddSeconds(5 * index), session, page))
            .Append(TestEvents.Create(start.AddSeconds(5 * pages.Length), "checkout.submitted", session));
    }

    [Fact]
    public async Task Late_event_is_counted_before_and_after_the_block_of_its_hour_is_created_again()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        var blocks = database.Services.GetRequiredService<SessionBlockStore>();
        var start = new DateTimeOffset(DateTime.UtcNow.Date, TimeSpan.Zero).AddDays(-2);
        await database.Store.StoreAsync(
            [
                TestEvents.Create(start.AddMinutes(-1), "page.viewed", "s1"), TestEvents.Create(start.AddMinutes(2), "other", "s2"),
            ],
            CancellationToken.None);
        Assert.Equal(2, await blocks.UpdateAsync(CancellationToken.None));
        Assert.Equal(0, await blocks.UpdateAsync(CancellationToken.None));
        Assert.Equal([1L, 0], await CountAsync());

        await database.Store.StoreAsync([TestEvents.Create(start.AddMinutes(1), "product.viewed", "s1")], CancellationToken.None);

        Assert.Equal([1L, 1], await CountAsync());
        Assert.Equal(1, await blocks.UpdateAsync(CancellationToken.None));
        Assert.Equal([1L, 1], await CountAsync());

        async Task<IEnumerable<long>> CountAsync() =>
            (await ReadStepsAsync(database, start, StepOrder.Ordered, "page.viewed; product.viewed")).Select(step => step.Count);
    }

    [Fact]
    public async Task Events_that_were_deleted_by_hand_leave_funnels_with_the_comparison_of_their_day()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        var blocks = database.Services.GetRequiredService<SessionBlockStore>();
        var start = new DateTimeOffset(DateTime.UtcNow.Date, TimeSpan.Zero).AddDays(-1).AddHours(9);
        await database.Store.StoreAsync(
            [TestEvents.Create(start, "page.viewed", "s1"), TestEvents.Create(start, "page.viewed", "s2")], CancellationToken.None);
        await blocks.UpdateAsync(CancellationToken.None);
        Assert.Equal(2, await CountAsync());

        await database.RunAsync("delete from events where session_id = 's1'");
        var comparison = ActivatorUtilities.CreateInstance<DayReconciliation>(
            database.Services, Options.Create(new ReconciliationOptions()), Options.Create(new AlertOptions()),
            NullLogger<DayReconciliation>.Instance);
        await Eventually.ReadAsync(() => comparison.RunAsync(CancellationToken.None), isDone => isDone);

        Assert.Equal(1, await CountAsync());
        // The count stays wrong, and the block is not created again and again.
        Assert.Equal(1, await blocks.UpdateAsync(CancellationToken.None));
        Assert.Equal(0, await blocks.UpdateAsync(CancellationToken.None));
        Assert.Equal(1, await CountAsync());

        async Task<long> CountAsync() =>
            (await ReadAsync(database, start, StepOrder.Ordered, "page.viewed; product.viewed")).Steps[0].Count;
    }

    [Fact]
    public async Task Visitor_has_the_source_of_the_landing_page_although_it_is_no_step()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        var start = DateTimeOffset.UtcNow.AddHours(-2);
        await database.Store.StoreAsync(
            [
                TestEvents.Page(start, "s1", "/") with { Source = "newsletter", Device = "mobile" },
                TestEvents.Page(start.AddSeconds(10), "s1", "/checkout") with { Device = "mobile" },
                TestEvents.Create(start.AddSeconds(20), "checkout.submitted", "s1"),
                TestEvents.Page(start, "s2", "/checkout") with { Source = "direct", Device = "desktop" },
            ],
            CancellationToken.None);

        var funnel = await ReadAsync(
            database, start, StepOrder.Ordered, "Checkout: page.viewed shop.page.path=/checkout; checkout.submitted",
            new() { [EventDimension.Source] = "newsletter" }, EventDimension.Device);

        Assert.Equal([1L, 1], funnel.Steps.Select(step => step.Count));
        Assert.Equal("mobile", Assert.Single(funnel.Groups).Value);
    }

    [Fact]
    public async Task Groups_that_are_left_out_are_counted()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));
        var start = DateTimeOffset.UtcNow.AddHours(-2);
        await database.Store.StoreAsync(
            [.. Enumerable.Range(1, 15).Select(n => TestEvents.Page(start, $"s{n}", "/") with { Source = $"site{Math.Min(n, 14)}" })],
            CancellationToken.None);

        var funnel = await ReadAsync(
            database, start, StepOrder.Ordered, "page.viewed; product.viewed", by: EventDimension.Source);

        Assert.Equal(("site14", 2L), (funnel.Groups[0].Value, funnel.Groups[0].Steps[0].Count));
        Assert.Equal((12, 2, 2L), (funnel.Groups.Count, funnel.OtherGroups, funnel.OtherUnits));
    }

    [Fact]
    public async Task Steps_in_any_order_are_labeled_by_their_number()
    {
        await using var database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));

        var funnel = await ReadAsync(
            database, DateTimeOffset.UtcNow.AddHours(-2), StepOrder.Any, "Page: page.viewed; Item: product.viewed; Cart: cart.line_added");

        Assert.Equal(["Page", "1 other step", "2 other steps"], funnel.Steps.Select(step => step.Label));
        Assert.Equal(["Page: page.viewed", "", ""], funnel.Steps.Select(step => step.Definition));
    }

    private static async Task<IReadOnlyList<FunnelStepResult>> ReadStepsAsync(
        InsightsDatabase database, DateTimeOffset start, StepOrder order, string text) =>
        (await ReadAsync(database, start, order, text)).Steps;

    private static async Task<FunnelResult> ReadAsync(
        InsightsDatabase database,
        DateTimeOffset start,
        StepOrder order,
        string text,
        Dictionary<EventDimension, string>? filters = null,
        EventDimension? by = null)
    {
        Assert.True(FunnelStep.TryParseAll(text, out var steps, out _));
        await using var scope = database.Services.CreateAsyncScope();
        var range = new EventScope(start.AddMinutes(-1), start.AddMinutes(1), EventUnit.Session, filters ?? [], false);
        return await scope.ServiceProvider.GetRequiredService<FunnelReader>().ReadAsync(
            new(steps, TimeSpan.FromHours(1), order, range, by), CancellationToken.None);
    }

    internal static async Task AssertAgreementAsync(InsightsDatabase database)
    {
        // Shortly before the end of an hour, as is every third one of the following.
        var first = new DateTimeOffset(DateTime.UtcNow.Date, TimeSpan.Zero).AddDays(-4).AddSeconds(-3);
        await database.Store.StoreAsync(
            [TestEvents.Create(first.AddHours(-1), "page.viewed", "s1"), TestEvents.Create(first.AddHours(-2), "page.viewed", "s1")],
            CancellationToken.None);
        await database.Services.GetRequiredService<SessionBlockStore>().UpdateAsync(CancellationToken.None);
        var (start, number) = (first, 0);
        var sequence = 0L;
        var entered = 0L;
        await _configuration.SampleAsync(
            async configuration =>
            {
                // Each has twenty minutes of its own, and some events arrive again.
                start = first.AddMinutes(20 * number++);
                var events = configuration.Events.Select(shape => shape.ToEvent(start, ++sequence)).ToList();
                await database.Store.StoreAsync(events, CancellationToken.None);
                await database.Store.StoreAsync([.. events.Where((_, index) => (index + number) % 7 == 0)], CancellationToken.None);
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

                // In every other case, the block of the hour is older than its events.
                if (number % 2 == 0)
                {
                    await database.Services.GetRequiredService<SessionBlockStore>().UpdateAsync(CancellationToken.None);
                }

                await AssertBlocksAsync(scope.ServiceProvider, first.AddHours(-2), WithoutProperties(query), events);
            },
            iter: 200,
            threads: 1);
        Assert.True(entered > 200, $"Only {entered} units entered a funnel.");
    }

    private static FunnelQuery WithoutProperties(FunnelQuery query) => query with
    {
        Steps = [.. query.Steps.Select(step => step with { Properties = [] })],
        Scope = query.Scope with { Unit = EventUnit.Session, Filters = new Dictionary<EventDimension, string>() },
        Breakdown = null,
    };

    private static async Task AssertBlocksAsync(
        IServiceProvider services, DateTimeOffset from, FunnelQuery query, List<StoredEvent> events)
    {
        Assert.True(BlockFunnel.CanAnswer(query));
        var blocks = await services.GetRequiredService<SessionBlockReader>().ReadAsync(
            from, query.Scope.To + query.Window, CancellationToken.None);
        Assert.NotNull(blocks);

        var actual = BlockFunnel.Compute(query, blocks, CancellationToken.None);

        var expected = FunnelReference.Compute(query, events).Values.SingleOrDefault();
        Assert.Equal(expected?.Select(step => step.Count) ?? actual.Select(_ => 0L), actual.Select(step => step.Count));
        foreach (var (step, index) in actual.Skip(1).Select((step, index) => (step, index + 1)))
        {
            Assert.Equal(expected?[index].MedianSeconds ?? -1, step.Median / 1000 ?? -1, precision: 6);
            Assert.Equal(expected?[index].P90Seconds ?? -1, step.P90 / 1000 ?? -1, precision: 6);
        }
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

using Shop.Visitors;
using Shop.Visitors.Plans;

namespace Shop.Tests.Unit.Visitors;

public class RunPlanTests
{
    private const int Visits = 10_000;

    [Fact]
    public void Same_seed_plans_the_same_visits_and_another_seed_others()
    {
        var first = Describe(Create(seed: 7), 500);

        Assert.Equal(first, Describe(Create(seed: 7), 500));
        Assert.NotEqual(first, Describe(Create(seed: 8), 500));
    }

    [Fact]
    public void Each_fault_has_its_share_of_the_visits()
    {
        var faults = Create(seed: 1).GetVisits().Take(Visits).CountBy(visit => visit.Fault).ToDictionary();

        Assert.NotEmpty(RunPlan.AllFaults);
        // 4 standard deviations.
        Assert.All(RunPlan.AllFaults, fault => AssertShare(RunPlan.DefaultShare, faults[fault]));
    }

    [Fact]
    public void Segments_devices_sources_and_last_steps_have_their_shares()
    {
        var visits = new RunPlan(1, 60, []).GetVisits().Take(Visits).ToList();

        AssertShare(0.5, visits.Count(visit => visit.Segment is Segment.New));
        AssertShare(0.25, visits.Count(visit => visit.Segment is Segment.Returning));
        AssertShare(0.25, visits.Count(visit => visit.Segment is Segment.Member));
        AssertShare(0.4, visits.Count(visit => visit.IsMobile));
        AssertShare(0.2, visits.Count(visit => visit is { Source: "newsletter", IsCampaign: true }));
        AssertShare(0.25, visits.Count(visit => visit is { Source: "www.search.example", IsCampaign: false }));
        AssertShare(0.15, visits.Count(visit => visit.LastStep is VisitStep.Landing));
        AssertShare((0.25 + 0.1) * 0.6, visits.Count(visit => visit is { LandsOnItem: true, IsCampaign: false }));
        AssertShare(0.85 * 0.9 * 0.75 * 0.8 * 0.85, visits.Count(visit => visit.LastStep is VisitStep.Order));
    }

    [Fact]
    public void Visits_arrive_at_the_rate_that_is_asked_for_and_at_random()
    {
        var arrivals = new RunPlan(3, VisitsPerMinute: 120, []).GetVisits().Take(Visits).Select(visit => visit.Arrival).ToList();

        // The mean of exponential times between arrivals, with 4 standard deviations: 1% each.
        Assert.InRange(arrivals[^1].TotalMinutes, Visits / 120.0 * 0.96, Visits / 120.0 * 1.04);
        var gaps = arrivals.Zip(arrivals.Skip(1), (first, second) => (second - first).TotalSeconds).ToList();
        Assert.InRange(gaps.Count(gap => gap > 0.5) / (double)gaps.Count, 0.35, 0.39); // 1/e
    }

    [Fact]
    public void Visit_with_a_fault_reaches_the_step_at_which_it_happens()
    {
        var visits = Create(seed: 5).GetVisits().Take(Visits).Where(visit => visit.Fault is not FaultKind.None).ToList();

        Assert.NotEmpty(visits);
        Assert.All(visits, visit => Assert.True(visit.LastStep >= VisitStep.Cart));
        Assert.All(
            visits.Where(visit => visit.Fault is FaultKind.SlowSignIn or FaultKind.NameResolution or FaultKind.RedirectWithoutCallback),
            visit => Assert.Equal((Segment.Member, true), (visit.Segment, visit.LastStep >= VisitStep.CheckoutForm)));
    }

    [Theory]
    [InlineData("--faults", "some")]
    [InlineData("--visits", "0")]
    [InlineData("--rate", "fast")]
    [InlineData("--seed", "-1")]
    [InlineData("--thinking", "601")]
    [InlineData("--address", "localhost")]
    [InlineData("--unknown", "1")]
    [InlineData("--visits")]
    public void Option_that_is_not_valid_is_named(params string[] arguments)
    {
        var error = Assert.Throws<ArgumentException>(() => VisitorArguments.Parse(arguments));

        Assert.Contains(arguments[0] == "--unknown" ? "--address" : arguments[0], error.Message, StringComparison.Ordinal);
    }

    private static RunPlan Create(int seed) => new(seed, 60, RunPlan.AllFaults);

    private static IEnumerable<string> Describe(RunPlan plan, int visits) => plan.GetVisits().Take(visits).Select(visit =>
        $"{visit with { Items = [], ThinkingFactors = [] }}|{string.Join(',', visit.Items)}|{string.Join(',', visit.ThinkingFactors)}");

    private static void AssertShare(double expected, int count)
    {
        var deviation = Math.Sqrt(expected * (1 - expected) / Visits);
        Assert.InRange(count / (double)Visits, expected - (4 * deviation), expected + (4 * deviation));
    }
}

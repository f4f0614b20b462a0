namespace Shop.Visitors.Plans;

/// <summary>Plans visits from a seed: the same seed and settings give the same visits.</summary>
/// <param name="Seed">The seed.</param>
/// <param name="VisitsPerMinute">The rate of the arrivals, which are a Poisson process: they do not depend on earlier visits.</param>
/// <param name="Faults">The faults that may happen.</param>
/// <param name="FaultShare">The share of the visits that each of the faults has, from 0 to 1 in total.</param>
internal sealed record RunPlan(int Seed, double VisitsPerMinute, IReadOnlyList<FaultKind> Faults, double FaultShare = RunPlan.DefaultShare)
{
    /// <summary>
    /// The variants that visitors select by the address, such as <c>checkout:two_steps</c>: each as many, and as many visitors select none.
    /// None by default, and then the shop assigns the visitors to variants.
    /// </summary>
    public IReadOnlyList<string> Variants { get; init; } = [];

    /// <summary>The share of the visits that each fault has.</summary>
    public const double DefaultShare = 0.03;

    private const int MaxThinkingTimes = 32;

    // The number of products on the first page of the list.
    private const int ProductsInList = 12;

    // The share of the visitors who come from another site and land on a product. Campaigns lead to the front page.
    private const double LandingOnItem = 0.6;

    // One of Knuth's constants: seeds that follow each other give unrelated visits.
    private const int SeedFactor = unchecked((int)2654435761);

    private const string Direct = "direct";

    private static readonly (string Name, bool IsCampaign, double Share)[] _sources =
    [
        (Direct, false, 0.45), ("www.search.example", false, 0.25), ("newsletter", true, 0.2), ("social.example", false, 0.1),
    ];

    // The share of the visitors who leave after each step but the last.
    private static readonly double[] _leaving = [0.15, 0.1, 0.25, 0.2, 0.15];

    /// <summary>The faults that browsers cause, without the help of the servers.</summary>
    public static IReadOnlyList<FaultKind> BrowserFaults { get; } =
        [FaultKind.LostRedirect, FaultKind.ThirdPartyScript, FaultKind.RedirectWithoutCallback];

    /// <summary>All faults.</summary>
    public static IReadOnlyList<FaultKind> AllFaults { get; } =
        [.. Enum.GetValues<FaultKind>().Where(fault => fault is not FaultKind.None)];

    /// <summary>Returns the visits in the order of their arrival, without an end.</summary>
    public IEnumerable<VisitPlan> GetVisits()
    {
        var arrivals = new Random(Seed);
        var arrival = TimeSpan.Zero;
        for (var number = 0; ; number++)
        {
            yield return Create(number, arrival);
            arrival += TimeSpan.FromMinutes(GetExponential(arrivals) / VisitsPerMinute);
        }
    }

    /// <summary>Returns a visit that buys something and has no fault.</summary>
    public static VisitPlan CreatePurchase(int seed) => new RunPlan(seed, 1, []).Create(0, TimeSpan.Zero) with
    {
        Segment = Segment.New,
        LastStep = VisitStep.Order,
        DoubleClicks = false,
        CardIsDeclined = false,
    };

    /// <summary>Returns a visit with a fault.</summary>
    public static VisitPlan CreateFault(int seed, FaultKind fault) =>
        new RunPlan(seed, 1, [fault], FaultShare: 1).Create(0, TimeSpan.Zero);

    private VisitPlan Create(int number, TimeSpan arrival)
    {
        var random = new Random(unchecked((Seed * SeedFactor) + number));
        var segment = random.NextDouble() switch { < 0.5 => Segment.New, < 0.75 => Segment.Returning, _ => Segment.Member };
        var fault = GetFault(random.NextDouble());
        var lastStep = GetLastStep(random);
        var (source, isCampaign) = GetSource(random.NextDouble());
        var plan = new VisitPlan(
            number,
            arrival,
            segment,
            source,
            isCampaign,
            Variants.ElementAtOrDefault(number % (Variants.Count + 1)),
            IsMobile: Occurs(random, 0.4),
            HasScript: Occurs(random, 0.9),
            lastStep,
            [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(ProductsInList))],
            fault,
            Recovers: Occurs(random, 0.3),
            Reloads: Occurs(random, 0.1),
            GoesBack: Occurs(random, 0.2),
            OpensTab: Occurs(random, 0.1),
            ChangesQuantity: Occurs(random, 0.2),
            DoubleClicks: Occurs(random, 0.1),
            CardIsDeclined: Occurs(random, 0.1),
            [.. Enumerable.Range(0, MaxThinkingTimes).Select(_ => GetExponential(random))],
            LandsOnItem: Occurs(random, LandingOnItem) && source != Direct && !isCampaign);
        return fault switch
        {
            FaultKind.None => plan,
            FaultKind.GatewayTimeout or FaultKind.LostRedirect => plan with { LastStep = Max(lastStep, VisitStep.Cart) },
            FaultKind.ConnectTimeout => plan with { LastStep = VisitStep.Order, DoubleClicks = false },
            // Only browsers with script report that one did not load.
            FaultKind.ThirdPartyScript => plan with
            {
                LastStep = Max(lastStep, VisitStep.CheckoutForm),
                HasScript = true,
                Recovers = false,
            },
            _ => plan with
            {
                LastStep = Max(lastStep, VisitStep.CheckoutForm),
                Segment = Segment.Member,
                Recovers = plan.Recovers && fault is not FaultKind.RedirectWithoutCallback,
            },
        };
    }

    private FaultKind GetFault(double value)
    {
        var index = (int)(value / FaultShare);
        return index < Faults.Count ? Faults[index] : FaultKind.None;
    }

    private static VisitStep GetLastStep(Random random)
    {
        var step = VisitStep.Landing;
        // Each draw happens, so that a change of one share changes no later decision.
        foreach (var _ in _leaving.Select(share => Occurs(random, share)).ToList().TakeWhile(leaves => !leaves))
        {
            step++;
        }

        return step;
    }

    private static (string Name, bool IsCampaign) GetSource(double value)
    {
        foreach (var (name, isCampaign, share) in _sources)
        {
            if (value < share)
            {
                return (name, isCampaign);
            }

            value -= share;
        }

        return (_sources[0].Name, _sources[0].IsCampaign);
    }

    private static VisitStep Max(VisitStep first, VisitStep second) => first > second ? first : second;

    private static bool Occurs(Random random, double share) => random.NextDouble() < share;

    private static double GetExponential(Random random) => -Math.Log(1 - random.NextDouble());
}

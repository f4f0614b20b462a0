namespace Shop.Insights.Statistics;

/// <summary>
/// How much more frequent an outcome is in the units that have something than in all units: the measures of an association rule.
/// </summary>
/// <remarks>
/// S. Brin, R. Motwani, J. Ullman, S. Tsur, "Dynamic Itemset Counting and Implication Rules for Market Basket Data" (1997), where it is
/// called interest.
/// </remarks>
/// <param name="Units">The number of all units.</param>
/// <param name="Outcomes">The number of units with the outcome.</param>
/// <param name="With">The number of units that have it.</param>
/// <param name="Both">The number of units that have it, and the outcome.</param>
internal readonly record struct Lift(long Units, long Outcomes, long With, long Both)
{
    /// <summary>Gets the share of the units that have it.</summary>
    public double Support => new Proportion(With, Units).Share;

    /// <summary>Gets the share of the outcome in the units that have it.</summary>
    public double Confidence => new Proportion(Both, With).Share;

    /// <summary>Gets the confidence, divided by the share of the outcome in all units; null without an outcome.</summary>
    public double? Value => Outcomes == 0 || With == 0 ? null : Confidence / new Proportion(Outcomes, Units).Share;

    /// <summary>
    /// Returns the interval that contains the true lift with a confidence of 95%; null if no unit has both, or the lift is certain.
    /// </summary>
    /// <remarks>
    /// The logarithm of the lift is about normally distributed. Its variance is that of the delta method for the shares of a multinomial
    /// distribution, whose units with it are a part of all units.
    /// </remarks>
    public (double Low, double High)? GetInterval()
    {
        if (Both == 0 || Value is not { } lift)
        {
            return null;
        }

        var variance = (1.0 / Both) - (1.0 / With) - (1.0 / Outcomes) + (((2 * lift) - 1) / Units);
        // Below zero by rounding only.
        var width = Proportion.Z95 * Math.Sqrt(Math.Max(0, variance));
        return (lift * Math.Exp(-width), lift * Math.Exp(width));
    }

    /// <summary>
    /// Tests whether the outcome is as frequent without it as with it; null if too few outcomes are expected to decide
    /// (<see cref="Proportion.Compare"/>).
    /// </summary>
    public ProportionTest? Test() => Proportion.Compare(new(Outcomes - Both, Units - With), new(Both, With));
}

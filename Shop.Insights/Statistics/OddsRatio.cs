namespace Shop.Insights.Statistics;

/// <summary>How the odds of an outcome differ between the units that have something and those that do not: a table of two by two.</summary>
/// <param name="OutcomeWith">The number of units that have it, and the outcome.</param>
/// <param name="OtherWith">The number of units that have it, and not the outcome.</param>
/// <param name="OutcomeWithout">The number of units that do not have it, and have the outcome.</param>
/// <param name="OtherWithout">The number of units that have neither.</param>
internal readonly record struct OddsRatio(long OutcomeWith, long OtherWith, long OutcomeWithout, long OtherWithout)
{
    // J. B. S. Haldane, "The estimation and significance of the logarithm of a ratio of frequencies" (1956); F. J. Anscombe, "On estimating
    // binomial response relations" (1956). Added to each number, it removes most of the bias, and a number may be zero.
    private const double Correction = 0.5;

    /// <summary>Gets the odds with it, divided by the odds without it: 1 is no difference.</summary>
    public double Value =>
        (OutcomeWith + Correction) * (OtherWithout + Correction) / ((OtherWith + Correction) * (OutcomeWithout + Correction));

    /// <summary>Returns the interval that contains the true ratio with a confidence of 95%.</summary>
    /// <remarks>
    /// The logarithm of the ratio is about normally distributed: B. Woolf, "On estimating the relation between blood group and disease"
    /// (1955), with the variance of J. J. Gart, "Alternative analyses of contingency tables" (1966).
    /// </remarks>
    public (double Low, double High) GetInterval()
    {
        var variance = (1 / (OutcomeWith + Correction)) + (1 / (OtherWith + Correction)) + (1 / (OutcomeWithout + Correction))
            + (1 / (OtherWithout + Correction));
        var width = Proportion.Z95 * Math.Sqrt(variance);
        return (Value * Math.Exp(-width), Value * Math.Exp(width));
    }

    /// <summary>
    /// Tests whether the outcome is as frequent without it as with it; null if a number of the table is expected to be below five
    /// (<see cref="Proportion.Compare"/>). Its square is Pearson's chi-square.
    /// </summary>
    public ProportionTest? Test() => Proportion.Compare(
        new(OutcomeWithout, OutcomeWithout + OtherWithout), new(OutcomeWith, OutcomeWith + OtherWith));
}

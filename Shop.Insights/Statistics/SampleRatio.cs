namespace Shop.Insights.Statistics;

/// <summary>Tests whether units were shared among groups as intended.</summary>
internal static class SampleRatio
{
    /// <summary>The probability below which the shares are wrong: an experiment with wrong shares has no valid result.</summary>
    /// <remarks>
    /// A small limit, because the test is looked at often: Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online Controlled
    /// Experiments" (2019).
    /// </remarks>
    public const double MaxPValue = 0.001;

    private const double MinExpected = 5;

    /// <summary>
    /// Tests counts against shares (Pearson's chi-square test of the goodness of fit); null if a group is expected to have fewer than five
    /// units.
    /// </summary>
    /// <param name="groups">The counts, and the shares in any unit.</param>
    public static SampleRatioTest? Test(IReadOnlyCollection<(long Count, double Share)> groups)
    {
        var (count, shares) = (groups.Sum(group => group.Count), groups.Sum(group => group.Share));
        if (groups.Count < 2 || groups.Any(group => count * group.Share / shares < MinExpected))
        {
            return null;
        }

        var chiSquare = groups.Sum(group =>
        {
            var expected = count * group.Share / shares;
            return Math.Pow(group.Count - expected, 2) / expected;
        });
        var pValue = Distributions.GetChiSquareTail(chiSquare, groups.Count - 1);
        return new(chiSquare, pValue, pValue < MaxPValue);
    }
}

/// <summary>The result of a test of shares.</summary>
/// <param name="ChiSquare">The deviation from the shares.</param>
/// <param name="PValue">The probability of such a deviation by chance.</param>
/// <param name="IsMismatch">Whether the probability is below 0.001.</param>
public sealed record SampleRatioTest(double ChiSquare, double PValue, bool IsMismatch);

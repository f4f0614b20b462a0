namespace Shop.Insights.Statistics;

/// <summary>A share of a number of units.</summary>
/// <param name="Hits">The number of units that count.</param>
/// <param name="Count">The number of units.</param>
internal readonly record struct Proportion(long Hits, long Count)
{
    /// <summary>The standard normal distribution has 95% of its values between the negative of this value and this value.</summary>
    public const double Z95 = 1.959963984540054;

    // Below this number of expected hits or misses, the normal approximation is poor (Cochran, 1954).
    private const double MinExpected = 5;

    /// <summary>Gets the share, from 0 to 1.</summary>
    public double Share => Count == 0 ? 0 : (double)Hits / Count;

    /// <summary>Returns the interval that contains the true share with a confidence of 95%, after Wilson; null without units.</summary>
    /// <remarks>
    /// E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927). It stays within 0 and 1, and is good
    /// for few units and for shares near 0: R. G. Newcombe, "Two-sided confidence intervals for the single proportion" (1998), method 3.
    /// </remarks>
    public (double Low, double High)? GetInterval()
    {
        if (Count == 0)
        {
            return null;
        }

        var (share, square) = (Share, Z95 * Z95);
        var center = share + (square / (2 * Count));
        var width = Z95 * Math.Sqrt(((share * (1 - share)) + (square / (4.0 * Count))) / Count);
        var scale = 1 + (square / Count);
        // Exact where rounding would miss it.
        return (Hits == 0 ? 0 : (center - width) / scale, Hits == Count ? 1 : (center + width) / scale);
    }

    /// <summary>
    /// Tests whether two shares differ (two-proportion z-test with a pooled share, two-sided); null if a group is expected to have fewer
    /// than five hits or misses.
    /// </summary>
    /// <remarks>NIST/SEMATECH e-Handbook of Statistical Methods, 7.3.3.</remarks>
    public static ProportionTest? Compare(Proportion first, Proportion second)
    {
        if (first.Count == 0 || second.Count == 0)
        {
            return null;
        }

        var pooled = (double)(first.Hits + second.Hits) / (first.Count + second.Count);
        if (Math.Min(first.Count, second.Count) * Math.Min(pooled, 1 - pooled) < MinExpected)
        {
            return null;
        }

        var z = (second.Share - first.Share) / Math.Sqrt(pooled * (1 - pooled) * ((1.0 / first.Count) + (1.0 / second.Count)));
        return new(z, Distributions.GetNormalTails(z));
    }
}

/// <summary>The result of a test of two shares.</summary>
/// <param name="Z">The difference, in standard errors.</param>
/// <param name="PValue">The probability of a difference at least as large if the true shares are equal.</param>
public sealed record ProportionTest(double Z, double PValue);

namespace Shop.Insights.Statistics;

/// <summary>The usual count per minute, as median and spread. Single peaks do not move them.</summary>
/// <param name="Median">The median.</param>
/// <param name="Deviation">The standard deviation, estimated from the median of the deviations from the median (MAD).</param>
/// <param name="Minutes">The number of minutes.</param>
internal sealed record RobustBaseline(double Median, double Deviation, int Minutes)
{
    // For values with a normal distribution, 1.4826 times the MAD is the standard deviation: 1 / Φ⁻¹(3/4). Iglewicz and Hoaglin, "How to
    // Detect and Handle Outliers" (1993); NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.5.17.
    private const double DeviationPerMad = 1.4826;

    /// <summary>Computes the baseline of counts.</summary>
    /// <remarks>
    /// The deviation is at least the root of the median, and at least 1: counts that arrive at random vary by that (Poisson), also where
    /// most minutes of the past are the same.
    /// </remarks>
    /// <exception cref="ArgumentException">There are no counts.</exception>
    public static RobustBaseline Create(IReadOnlyCollection<int> counts)
    {
        if (counts.Count == 0)
        {
            throw new ArgumentException("There are no counts.", nameof(counts));
        }

        var median = GetMedian(counts.Select(count => (double)count));
        var mad = GetMedian(counts.Select(count => Math.Abs(count - median)));
        return new(median, Math.Max(DeviationPerMad * mad, Math.Sqrt(Math.Max(1, median))), counts.Count);
    }

    /// <summary>Returns the value that is above the median by a number of standard deviations.</summary>
    public double GetLimit(double deviations) => Median + (deviations * Deviation);

    private static double GetMedian(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

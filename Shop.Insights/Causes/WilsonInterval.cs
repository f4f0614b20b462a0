namespace Shop.Insights.Causes;

/// <summary>The confidence interval of a share (Wilson, 1927), which is right for small numbers and shares near 0 and 1 too.</summary>
internal static class WilsonInterval
{
    // The 97.5th percentile of the normal distribution.
    private const double Z = 1.959963984540054;

    /// <summary>Returns the 95% interval of the share of <paramref name="count"/> in <paramref name="total"/>.</summary>
    public static (double Low, double High) Compute(long count, long total)
    {
        if (total == 0)
        {
            return (0, 1);
        }

        double n = total;
        var share = count / n;
        var center = share + (Z * Z / (2 * n));
        var half = Z * Math.Sqrt((share * (1 - share) / n) + (Z * Z / (4 * n * n)));
        var scale = 1 + (Z * Z / n);
        // Exact where rounding would miss it.
        return (count == 0 ? 0 : (center - half) / scale, count == total ? 1 : (center + half) / scale);
    }
}

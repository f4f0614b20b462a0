namespace Shop.Bench.Measurement;

internal static class Median
{
    /// <summary>Returns the median; of an even number of values, the higher one of the middle pair.</summary>
    public static double Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    /// <summary>
    /// Returns the interval that contains the median of the distribution of the values with a probability of at least 95%, whatever the
    /// distribution is. Of fewer than six values, it is their range.
    /// </summary>
    public static (double Low, double High) IntervalOf(IReadOnlyCollection<double> values)
    {
        var sorted = values.Order().ToArray();
        // The number of values below the median has a binomial distribution.
        var (left, probability, sum) = (0, Math.Pow(0.5, sorted.Length), 0.0);
        while (sum + probability <= 0.025)
        {
            sum += probability;
            left++;
            probability *= (double)(sorted.Length - left + 1) / left;
        }

        left = Math.Max(left, 1);
        return (sorted[left - 1], sorted[^left]);
    }
}

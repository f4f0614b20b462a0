namespace Shop.Insights.Statistics;

/// <summary>The correction for many tests, of which some find a difference by chance.</summary>
internal static class MultipleTests
{
    /// <summary>
    /// Returns adjusted probabilities, in the order of the tests. If those below a limit are taken for true, the probability that one or
    /// more of them are by chance is below the limit.
    /// </summary>
    /// <remarks>
    /// S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure" (1979). Tests may depend on each other, as those of pages that
    /// the same sessions view do.
    /// </remarks>
    /// <param name="values">The probability of each test.</param>
    public static double[] Adjust(IReadOnlyList<double> values)
    {
        var adjusted = new double[values.Count];
        var highest = 0.0;
        var sorted = Enumerable.Range(0, values.Count).OrderBy(index => values[index]);
        foreach (var (rank, index) in sorted.Index())
        {
            highest = Math.Max(highest, Math.Min(1, values[index] * (values.Count - rank)));
            adjusted[index] = highest;
        }

        return adjusted;
    }
}

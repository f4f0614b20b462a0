namespace Shop.Bench.Measurement;

internal static class Median
{
    /// <summary>Returns the median; of an even number of values, the higher one of the middle pair.</summary>
    public static double Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }
}

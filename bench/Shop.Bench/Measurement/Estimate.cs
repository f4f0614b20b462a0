using System.Globalization;

namespace Shop.Bench.Measurement;

/// <summary>The mean of repeated measurements with its 95% confidence interval, by Student's t distribution.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Low">The lower end of the interval.</param>
/// <param name="High">The upper end of the interval.</param>
internal readonly record struct Estimate(double Mean, double Low, double High)
{
    // The 97.5% quantiles for 1, 2, ... degrees of freedom. The last one is used for more of them too, where it is a little too high.
    private static readonly double[] _quantiles =
        [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131];

    /// <summary>Estimates the mean. The interval of a single value is that value.</summary>
    public static Estimate Of(IEnumerable<double> values)
    {
        var all = values.ToArray();
        var mean = all.Average();
        if (all.Length < 2)
        {
            return new(mean, mean, mean);
        }

        var variance = all.Sum(value => (value - mean) * (value - mean)) / (all.Length - 1);
        var margin = _quantiles[Math.Min(all.Length - 1, _quantiles.Length) - 1] * Math.Sqrt(variance / all.Length);
        return new(mean, mean - margin, mean + margin);
    }

    /// <summary>Formats the mean and the interval, such as <c>0.95 [0.93, 0.97]</c>.</summary>
    /// <param name="format">The format of each number.</param>
    public string ToString(string format) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Mean.ToString(format, CultureInfo.InvariantCulture)} [{Low.ToString(format, CultureInfo.InvariantCulture)}, "
        + $"{High.ToString(format, CultureInfo.InvariantCulture)}]");
}

namespace Shop.Insights.Statistics;

/// <summary>The tails of the normal and the chi-square distribution.</summary>
internal static class Distributions
{
    private const int MaxIterations = 500;
    private const double Precision = 1e-15;

    // Lanczos approximation with g = 7 and 9 coefficients (Godfrey); its relative error is below 1e-14.
    private static readonly double[] _lanczos =
    [
        0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
        -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
    ];

    /// <summary>Returns the probability of a value at least as large, in a chi-square distribution.</summary>
    public static double GetChiSquareTail(double value, int degreesOfFreedom) => GetUpperGamma(degreesOfFreedom / 2.0, value / 2);

    /// <summary>Returns the probability of a value at least as far from 0 on either side, in a standard normal distribution.</summary>
    public static double GetNormalTails(double z) => GetUpperGamma(0.5, z * z / 2);

    // The regularized upper incomplete gamma function Q(a, x): a series below a + 1, and a continued fraction (Lentz) above. Press et al.,
    // "Numerical Recipes", 3rd edition, 6.2.
    private static double GetUpperGamma(double a, double x)
    {
        if (x <= 0)
        {
            return 1;
        }

        var factor = Math.Exp((a * Math.Log(x)) - x - GetLogGamma(a));
        return x < a + 1 ? 1 - (factor * GetSeries(a, x)) : factor * GetFraction(a, x);
    }

    private static double GetSeries(double a, double x)
    {
        var (term, sum) = (1 / a, 1 / a);
        for (var n = 1; n < MaxIterations && Math.Abs(term) > Math.Abs(sum) * Precision; n++)
        {
            term *= x / (a + n);
            sum += term;
        }

        return sum;
    }

    private static double GetFraction(double a, double x)
    {
        const double Tiny = 1e-300;
        var b = x + 1 - a;
        var (c, d) = (1 / Tiny, 1 / b);
        var fraction = d;
        for (var n = 1; n < MaxIterations; n++)
        {
            var an = n * (a - n);
            b += 2;
            d = 1 / NotZero((an * d) + b);
            c = NotZero(b + (an / c));
            fraction *= d * c;
            if (Math.Abs((d * c) - 1) < Precision)
            {
                break;
            }
        }

        return fraction;

        static double NotZero(double value) => Math.Abs(value) < Tiny ? Tiny : value;
    }

    private static double GetLogGamma(double a)
    {
        var sum = _lanczos[0];
        for (var n = 1; n < _lanczos.Length; n++)
        {
            sum += _lanczos[n] / (a - 1 + n);
        }

        var t = a + 6.5;
        return (0.5 * Math.Log(2 * Math.PI)) + ((a - 0.5) * Math.Log(t)) - t + Math.Log(sum);
    }
}

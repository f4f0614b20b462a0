using CsCheck;
using Shop.Insights.Statistics;

namespace Shop.Tests.Unit.Insights;

public class OddsRatioTests
{
    [Theory]
    // By hand: 40.5 * 80.5 / (20.5 * 60.5), and its logarithm plus and minus 1.96 * sqrt(1/40.5 + 1/20.5 + 1/60.5 + 1/80.5).
    [InlineData(40, 20, 60, 80, 2.628703890, 1.403868439, 4.922173582)]
    [InlineData(6, 14, 94, 86, 0.410326583, 0.155541261, 1.082464568)]
    [InlineData(50, 50, 50, 50, 1, 0.576021473, 1.736046391)]
    // Without a lost unit that has it, the ratio is finite too.
    [InlineData(0, 10, 30, 60, 0.094457455, 0.005354409, 1.666329692)]
    public void Ratio_and_interval_are_those_of_the_corrected_table(
        int lostWith, int reachedWith, int lostWithout, int reachedWithout, double ratio, double low, double high)
    {
        var odds = new OddsRatio(lostWith, reachedWith, lostWithout, reachedWithout);

        Assert.Equal(ratio, odds.Value, tolerance: 1e-8);
        Assert.Equal(low, odds.GetInterval().Low, tolerance: 1e-8);
        Assert.Equal(high, odds.GetInterval().High, tolerance: 1e-8);
    }

    [Fact]
    public void Test_of_the_table_is_that_of_Pearson_and_silent_below_five_expected_units() =>
        Gen.Select(Gen.Int[0, 60], Gen.Int[0, 60], Gen.Int[0, 60], Gen.Int[0, 60]).Sample(
            table =>
            {
                var (a, b, c, d) = table;
                double n = a + b + c + d;
                double[] expected =
                [
                    (a + b) * (a + c) / n, (a + b) * (b + d) / n, (c + d) * (a + c) / n, (c + d) * (b + d) / n,
                ];

                var test = new OddsRatio(a, b, c, d).Test();

                if (n == 0 || expected.Min() < 5 - 1e-9)
                {
                    Assert.Null(test);
                }
                else if (expected.Min() > 5 + 1e-9)
                {
                    double[] actual = [a, b, c, d];
                    var chiSquare = actual.Zip(expected).Sum(cell => Math.Pow(cell.First - cell.Second, 2) / cell.Second);
                    Assert.Equal(Distributions.GetChiSquareTail(chiSquare, 1), test!.PValue, tolerance: 1e-9);
                }
            },
            iter: 5000);

    [Fact]
    public void Interval_contains_the_true_ratio_in_95_of_100_samples()
    {
        // 30% have it; 40% of them and 25% of the others are lost.
        const double Expected = 0.4 / 0.6 / (0.25 / 0.75);
        const int Samples = 2000;
        var random = new Random(13);
        var hits = 0;
        for (var sample = 0; sample < Samples; sample++)
        {
            var counts = new long[4];
            for (var unit = 0; unit < 300; unit++)
            {
                var has = random.NextDouble() < 0.3;
                var isLost = random.NextDouble() < (has ? 0.4 : 0.25);
                counts[(has ? 0 : 2) + (isLost ? 0 : 1)]++;
            }

            var (low, high) = new OddsRatio(counts[0], counts[1], counts[2], counts[3]).GetInterval();
            hits += low <= Expected && Expected <= high ? 1 : 0;
        }

        Assert.InRange((double)hits / Samples, 0.935, 0.97);
    }
}

using CsCheck;
using Shop.Insights.Statistics;

namespace Shop.Tests.Unit.Insights;

public class LiftTests
{
    // The numbers of units with both, with the page only, with the outcome only, and with neither.
    private static readonly Gen<(int Both, int Page, int Outcome, int Neither)> _table =
        Gen.Select(Gen.Int[0, 60], Gen.Int[0, 60], Gen.Int[0, 60], Gen.Int[0, 200]);

    [Fact]
    public void Measures_and_interval_agree_with_a_second_implementation() => _table.Sample(
        table =>
        {
            var (both, page, outcome, neither) = table;
            bool[][] units =
            [
                .. Enumerable.Repeat<bool[]>([true, true], both), .. Enumerable.Repeat<bool[]>([true, false], page),
                .. Enumerable.Repeat<bool[]>([false, true], outcome), .. Enumerable.Repeat<bool[]>([false, false], neither),
            ];
            var lift = new Lift(units.Length, units.Count(unit => unit[1]), units.Count(unit => unit[0]), both);
            Assert.Equal(units.Length == 0 ? 0 : units.Average(unit => unit[0] ? 1.0 : 0), lift.Support, tolerance: 1e-9);

            if (both + page == 0 || both + outcome == 0)
            {
                Assert.Null(lift.Value);
                Assert.Null(lift.GetInterval());
                return;
            }

            var confidence = units.Where(unit => unit[0]).Average(unit => unit[1] ? 1.0 : 0);
            Assert.Equal(confidence, lift.Confidence, tolerance: 1e-9);
            Assert.Equal(confidence / units.Average(unit => unit[1] ? 1.0 : 0), lift.Value!.Value, tolerance: 1e-9);
            if (both == 0)
            {
                Assert.Null(lift.GetInterval());
                return;
            }

            var interval = lift.GetInterval()!.Value;
            var deviation = GetDeviation([both, page, outcome, neither]);
            Assert.Equal(Math.Log(lift.Value.Value) - (1.959963984540054 * deviation), Math.Log(interval.Low), tolerance: 1e-4);
            Assert.Equal(Math.Log(lift.Value.Value) + (1.959963984540054 * deviation), Math.Log(interval.High), tolerance: 1e-4);
        },
        iter: 5000);

    [Fact]
    public void Interval_contains_the_true_lift_in_95_of_100_samples()
    {
        // 30% have the page, 10% of them and 4% of the others the outcome: 0.1 / 0.058.
        const double Expected = 0.1 / ((0.3 * 0.1) + (0.7 * 0.04));
        const int Samples = 2000;
        var random = new Random(13);
        var hits = 0;
        for (var sample = 0; sample < Samples; sample++)
        {
            var (with, both, outcomes) = (0, 0, 0);
            for (var unit = 0; unit < 1500; unit++)
            {
                var hasPage = random.NextDouble() < 0.3;
                var hasOutcome = random.NextDouble() < (hasPage ? 0.1 : 0.04);
                with += hasPage ? 1 : 0;
                both += hasPage && hasOutcome ? 1 : 0;
                outcomes += hasOutcome ? 1 : 0;
            }

            var (low, high) = new Lift(1500, outcomes, with, both).GetInterval()!.Value;
            hits += low <= Expected && Expected <= high ? 1 : 0;
        }

        Assert.InRange((double)hits / Samples, 0.935, 0.965);
    }

    [Fact]
    public void Test_compares_the_units_with_it_with_all_others()
    {
        Assert.Equal(Proportion.Compare(new(40, 800), new(60, 200)), new Lift(1000, 100, 200, 60).Test());
        Assert.Null(new Lift(1000, 100, 40, 4).Test()); // 4 expected
        Assert.Null(new Lift(1000, 100, 1000, 100).Test()); // no others
    }

    [Fact]
    public void Probabilities_of_many_tests_agree_with_a_second_implementation() => Gen.Double[0, 1].Array[0, 30].Sample(
        values =>
        {
            var adjusted = MultipleTests.Adjust(values);

            // The definition: the hypothesis with rank k is rejected at a level if all up to k have p <= level / (m - rank + 1).
            var sorted = values.Order().ToArray();
            foreach (var (value, actual) in values.Zip(adjusted))
            {
                var expected = sorted.TakeWhile(other => other <= value)
                    .Select((other, rank) => Math.Min(1, other * (values.Length - rank)))
                    .Max();
                Assert.Equal(expected, actual, tolerance: 1e-12);
            }
        },
        iter: 2000);

    [Fact]
    public void Correction_keeps_the_share_of_samples_with_a_false_candidate_below_the_limit()
    {
        var random = new Random(13);
        const int Samples = 4000;
        var wrong = Enumerable.Range(0, Samples)
            .Count(_ => MultipleTests.Adjust([.. Enumerable.Range(0, 50).Select(_ => random.NextDouble())]).Min() <= 0.05);
        Assert.InRange((double)wrong / Samples, 0.03, 0.06);
    }

    // The delta method with numeric derivatives, over the covariances of a multinomial distribution.
    private static double GetDeviation(double[] counts)
    {
        var n = counts.Sum();
        double[] shares = [.. counts.Select(count => count / n)];
        double[] gradient = [.. shares.Select((_, index) =>
        {
            const double Step = 1e-6;
            return (GetLogLift(Move(Step)) - GetLogLift(Move(-Step))) / (2 * Step);

            double[] Move(double step) => [.. shares.Select((share, other) => share + (other == index ? step : 0))];
        })];
        var variance = 0.0;
        for (var i = 0; i < shares.Length; i++)
        {
            for (var j = 0; j < shares.Length; j++)
            {
                var covariance = ((i == j ? shares[i] : 0) - (shares[i] * shares[j])) / n;
                variance += gradient[i] * gradient[j] * covariance;
            }
        }

        return Math.Sqrt(Math.Max(0, variance));

        static double GetLogLift(double[] p) =>
            Math.Log(p[0]) - Math.Log(p[0] + p[1]) - Math.Log(p[0] + p[2]) + Math.Log(p.Sum());
    }
}

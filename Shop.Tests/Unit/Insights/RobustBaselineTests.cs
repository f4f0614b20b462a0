using Shop.Insights.Statistics;

namespace Shop.Tests.Unit.Insights;

public class RobustBaselineTests
{
    [Theory]
    // The median of the deviations 20, 10, 0, 10 and 970 is 10.
    [InlineData(new[] { 10, 20, 30, 40, 1000 }, 30, 14.826)]
    [InlineData(new[] { 1, 2, 3, 4 }, 2.5, 1.5811388300841898)]
    // Counts that do not vary may still vary at random: the root of the median, and at least 1.
    [InlineData(new[] { 100, 100, 100 }, 100, 10)]
    [InlineData(new[] { 0, 0, 0, 5 }, 0, 1)]
    public void Median_and_deviation_are_not_moved_by_a_single_peak(int[] counts, double median, double deviation)
    {
        var baseline = RobustBaseline.Create(counts);
        Assert.Equal(median, baseline.Median);
        Assert.Equal(deviation, baseline.Deviation, precision: 10);
        Assert.Equal(counts.Length, baseline.Minutes);
        Assert.Equal(median + (6 * deviation), baseline.GetLimit(6), precision: 10);
    }

    [Fact]
    public void Baseline_without_counts_throws() => Assert.Throws<ArgumentException>(() => RobustBaseline.Create([]));
}

using Shop.Insights.Statistics;

namespace Shop.Tests.Unit.Insights;

public class StatisticsTests
{
    [Theory]
    // Critical values of the tables of NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4, with more digits.
    [InlineData(3.841458820694124, 1, 0.05)]
    [InlineData(10.827566170662733, 1, 0.001)]
    [InlineData(5.991464547107979, 2, 0.05)]
    [InlineData(13.815510557964274, 2, 0.001)]
    [InlineData(16.26623619623814, 3, 0.001)]
    [InlineData(18.307038053275146, 10, 0.05)]
    [InlineData(0.003932140000019522, 1, 0.95)]
    [InlineData(0, 3, 1)]
    public void Tail_of_the_chi_square_distribution_is_that_of_the_tables(double value, int degreesOfFreedom, double expected) =>
        Assert.Equal(expected, Distributions.GetChiSquareTail(value, degreesOfFreedom), precision: 12);

    [Theory]
    [InlineData(1.959963984540054, 0.05)]
    [InlineData(-2.575829303548901, 0.01)]
    [InlineData(3.2905267314918945, 0.001)]
    [InlineData(1, 0.31731050786291415)]
    [InlineData(0, 1)]
    public void Tails_of_the_normal_distribution_are_those_of_the_tables(double z, double expected) =>
        Assert.Equal(expected, Distributions.GetNormalTails(z), precision: 12);

    [Theory]
    // Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, method 3.
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    [InlineData(0, 10, 0, 0.2775)]
    [InlineData(10, 10, 0.7225, 1)]
    [InlineData(5, 10, 0.2366, 0.7634)]
    [InlineData(30, 1000, 0.0211, 0.0425)]
    public void Interval_of_a_share_is_that_of_Wilson(int hits, int count, double low, double high)
    {
        var interval = new Proportion(hits, count).GetInterval()!.Value;
        Assert.Equal(low, interval.Low, precision: 4);
        Assert.Equal(high, interval.High, precision: 4);
    }

    [Fact]
    public void Share_of_nothing_has_no_interval() => Assert.Null(new Proportion(0, 0).GetInterval());

    [Fact]
    public void Difference_of_two_shares_has_the_z_of_the_pooled_share()
    {
        var test = Proportion.Compare(new(120, 1000), new(150, 1000))!;
        // 0.03 / sqrt(0.135 * 0.865 * 2 / 1000)
        Assert.Equal(1.96305, test.Z, precision: 5);
        Assert.Equal(0.0496, test.PValue, precision: 4);
        Assert.Equal(-test.Z, Proportion.Compare(new(150, 1000), new(120, 1000))!.Z, precision: 12);
        Assert.Equal(1, Proportion.Compare(new(10, 100), new(20, 200))!.PValue, precision: 12);
    }

    [Theory]
    [InlineData(4, 100, 5, 100, false)] // 4.5 expected
    [InlineData(5, 100, 5, 100, true)]
    [InlineData(96, 100, 95, 100, false)] // 4.5 misses expected
    [InlineData(5, 10, 500, 1000, true)]
    [InlineData(4, 9, 500, 1000, false)]
    [InlineData(0, 0, 500, 1000, false)]
    [InlineData(0, 100, 0, 100, false)]
    public void Two_proportion_test_has_no_result_below_five_expected_conversions_or_non_conversions(
        int hits1, int count1, int hits2, int count2, bool expected) =>
        Assert.Equal(expected, Proportion.Compare(new(hits1, count1), new(hits2, count2)) is not null);

    [Fact]
    public void Sample_ratio_is_a_mismatch_below_a_probability_of_0_001()
    {
        // 100 more than 5000 of 10,000: 2 * 100^2 / 5000 = 4.
        var chance = SampleRatio.Test([(5100, 1), (4900, 1)])!;
        Assert.Equal(4, chance.ChiSquare, precision: 12);
        Assert.Equal(0.04550026389635842, chance.PValue, precision: 12);
        Assert.False(chance.IsMismatch);

        Assert.True(SampleRatio.Test([(5170, 50), (4830, 50)])!.IsMismatch);
        Assert.False(SampleRatio.Test([(7500, 3), (2500, 1)])!.IsMismatch);
        Assert.True(SampleRatio.Test([(5000, 3), (5000, 1)])!.IsMismatch);
        Assert.True(SampleRatio.Test([(1000, 1), (1000, 1), (0, 1)])!.IsMismatch);
        Assert.Null(SampleRatio.Test([(5, 1), (4, 1)]));
        Assert.Null(SampleRatio.Test([(5000, 1)]));
    }

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("saturday", "sunday", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "", 3)]
    [InlineData("abc", "abc", 0)]
    [InlineData("ab", "ba", 2)]
    public void Edit_distance_is_that_of_Levenshtein(string first, string second, int expected)
    {
        Assert.Equal(expected, EditDistance.Compute(Split(first), Split(second)));
        Assert.Equal((double)expected / Math.Max(first.Length, second.Length), EditDistance.ComputeNormalized(Split(first), Split(second)));

        static string[] Split(string text) => [.. text.Select(character => character.ToString())];
    }
}

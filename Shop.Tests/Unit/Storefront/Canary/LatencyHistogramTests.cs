using Shop.Storefront.Canary;

namespace Shop.Tests.Unit.Storefront.Canary;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void P99_is_the_duration_that_a_hundredth_exceeds_up_to_nine_percent_too_high()
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 1000; i++)
        {
            histogram.Add(TimeSpan.FromMilliseconds(i));
        }

        Assert.InRange(histogram.GetP99().TotalMilliseconds, 990, 990 * 1.1);
    }

    [Fact]
    public void Durations_outside_of_the_buckets_are_in_the_first_and_the_last_one()
    {
        var histogram = new LatencyHistogram();
        Assert.Equal(TimeSpan.Zero, histogram.GetP99());

        histogram.Add(TimeSpan.Zero);
        Assert.InRange(histogram.GetP99().TotalMilliseconds, 0.1, 0.11);
        histogram.Add(TimeSpan.FromDays(1));
        Assert.InRange(histogram.GetP99().TotalMinutes, 5, 10);
    }
}

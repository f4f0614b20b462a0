using Shop.Insights.Jumps;

namespace Shop.Tests.Unit.Insights;

/// <summary>The figures of the jumps of one pair.</summary>
public class JumpCounterTests
{
    private static readonly DateTimeOffset _start = new(2026, 11, 26, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Peak_is_the_most_within_60_seconds_in_whatever_order_the_jumps_are_added()
    {
        var counter = Create();
        int[] seconds = [180, 0, 59, 60, 119, 61, 200];
        foreach (var second in seconds)
        {
            counter.Add(At(second), 1, null, null);
        }

        var pair = counter.ToResult();

        // 59, 60 and 61; then 60, 61 and 119, which is 60 seconds after 59.
        Assert.Equal((7, 1, 3, 7), (pair.Count, pair.Units, pair.PeakPerMinute, pair.Unknown));
        Assert.Equal([2, 3, 0, 2], pair.Rates.Take(4));
        Assert.Equal(7 / 60.0, pair.PerMinute, precision: 10);
    }

    [Fact]
    public void Latest_traces_come_first_and_of_them_those_whose_target_was_not_seen()
    {
        var counter = Create();
        for (var second = 0; second < 100; second++)
        {
            counter.Add(At(second), second, $"reached-{second}", true);
        }

        counter.Add(At(1), null, "not-seen", false);
        counter.Add(At(2), null, "not-seen", false);
        counter.Add(At(3), null, null, false);

        var pair = counter.ToResult();

        Assert.Equal((103, 100, 100, 3), (pair.Count, pair.Units, pair.Reached, pair.NotSeen));
        Assert.Equal(["not-seen", "reached-99", "reached-98"], pair.TraceIds);
    }

    [Fact]
    public void Target_that_emits_no_events_makes_it_unknown_whether_it_was_reached()
    {
        var counter = Create();
        counter.Add(At(1), 1, "first", false);
        counter.Add(At(2), 1, "second", null);

        counter.ForgetReached();
        var pair = counter.ToResult();

        Assert.Equal((2, 0, 0, 2), (pair.Count, pair.Reached, pair.NotSeen, pair.Unknown));
        Assert.Equal(["second", "first"], pair.TraceIds);
    }

    private static JumpCounter Create() => new("/a", "/b", 302, _start, _start.AddHours(1));

    private static DateTime At(int second) => _start.UtcDateTime.AddSeconds(second);
}

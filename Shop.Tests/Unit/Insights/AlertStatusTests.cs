using Shop.Insights.Alerts;

namespace Shop.Tests.Unit.Insights;

public class AlertStatusTests
{
    private static readonly DateTimeOffset _start = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);
    private static readonly AlertLimits _limits = new(Threshold: 100, ResolveBelow: 80, For: TimeSpan.FromSeconds(15));

    [Fact]
    public void Alert_is_pending_until_the_value_was_above_the_threshold_for_long_enough() =>
        Assert.Equal(
            [AlertState.Inactive, AlertState.Pending, AlertState.Pending, AlertState.Pending, AlertState.Firing],
            Walk(_limits, 100, 101, 150, 200, 101));

    [Fact]
    public void Alert_that_drops_to_the_threshold_while_pending_never_fires_and_waits_anew() =>
        Assert.Equal(
            [AlertState.Pending, AlertState.Pending, AlertState.Inactive, AlertState.Pending, AlertState.Pending, AlertState.Pending],
            Walk(_limits, 101, 101, 100, 101, 101, 101));

    [Fact]
    public void Alert_goes_on_between_the_limits_and_ends_below_the_lower_one() =>
        Assert.Equal(
            [AlertState.Firing, AlertState.Firing, AlertState.Firing, AlertState.Firing, AlertState.Resolved, AlertState.Resolved],
            Walk(_limits with { For = TimeSpan.Zero }, 101, 90, 110, 80, 79, 100));

    [Fact]
    public void Alert_without_a_waiting_time_fires_at_once_and_again_after_its_end() =>
        Assert.Equal(
            [AlertState.Firing, AlertState.Resolved, AlertState.Firing],
            Walk(_limits with { For = TimeSpan.Zero }, 101, 0, 101));

    [Fact]
    public void Status_has_the_time_of_its_last_change()
    {
        var status = new AlertStatus(AlertState.Inactive, _start).Next(_limits, 101, _start.AddSeconds(5));
        Assert.Equal(new(AlertState.Pending, _start.AddSeconds(5)), status);
        Assert.Equal(status, status.Next(_limits, 200, _start.AddSeconds(19)));
        Assert.Equal(new(AlertState.Firing, _start.AddSeconds(20)), status.Next(_limits, 200, _start.AddSeconds(20)));
    }

    // A value each 5 seconds.
    private static List<AlertState> Walk(AlertLimits limits, params double[] values)
    {
        var (status, states) = (new AlertStatus(AlertState.Inactive, _start), new List<AlertState>());
        foreach (var (value, index) in values.Select((value, index) => (value, index)))
        {
            status = status.Next(limits, value, _start.AddSeconds(5 * (index + 1)));
            states.Add(status.State);
        }

        return states;
    }
}

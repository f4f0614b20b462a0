using Shop.Insights.Alerts;
using Shop.Insights.Jumps;

namespace Shop.Tests.Unit.Insights;

public class AlertWindowTests
{
    private static readonly DateTimeOffset _now = new(2026, 11, 27, 12, 0, 3, TimeSpan.Zero);
    private static readonly JumpRoute _route = new("/login", "/sso/:rest");

    [Fact]
    public void Jump_counts_in_the_twelve_windows_of_its_minute()
    {
        var step = JumpWindows.GetStep(_now);
        var windows = new JumpWindows(new Dictionary<(JumpRoute, long), int> { [(_route, step)] = 3, [(_route, step + 12)] = 4 });

        Assert.Equal(_now.AddSeconds(-3), JumpWindows.GetEnd(step));
        Assert.Empty(windows.GetWindow(step));
        Assert.Equal(3, windows.GetWindow(step + 1)[_route]);
        Assert.Equal(3, windows.GetWindow(step + 12)[_route]);
        Assert.Equal(4, windows.GetWindow(step + 13)[_route]);
        Assert.Equal(4, windows.GetWindow(step + 24)[_route]);
        Assert.Empty(windows.GetWindow(step + 25));
    }

    [Theory]
    // Events arrive: up to the newest one, and not after what may be on its way.
    [InlineData(600, 1, 1, 2)]
    [InlineData(600, 4, 1, 4)]
    // After an outage, old events arrive first.
    [InlineData(600, 300, 1, 300)]
    // A shop without visitors: there is nothing to wait for.
    [InlineData(600, 300, 20, 2)]
    // The service has just started, and what the broker kept has not arrived yet.
    [InlineData(10, 300, 300, 300)]
    [InlineData(16, 300, 300, 2)]
    // No event was ever stored.
    [InlineData(600, null, null, 2)]
    public void Windows_end_where_all_events_have_arrived(int consumingSince, int? newest, int? storedAt, int expected) =>
        Assert.Equal(
            _now.AddSeconds(-expected),
            AlertWorker.GetEnd(_now, _now.AddSeconds(-consumingSince), Ago(newest), Ago(storedAt)));

    [Theory]
    [InlineData(64, 0, true)]
    [InlineData(null, 0, true)]
    // The last window began 63 s ago: the event is in it, or later windows have it.
    [InlineData(63, 0, false)]
    [InlineData(1, 0, false)]
    // An alert ends when its rate is low for long enough.
    [InlineData(600, 1, false)]
    // Another replica evaluates.
    [InlineData(600, null, false)]
    public void Evaluation_waits_for_an_event_when_windows_are_empty_and_no_alert_is_active(int? newest, int? open, bool expected) =>
        Assert.Equal(expected, AlertWorker.IsQuiet(_now, Ago(newest), open));

    [Theory]
    [InlineData("/login", "/sso/*", "/login", "/sso/:rest", true)]
    [InlineData("/login", "/sso/*", "/login/failed", "/sso/:rest", false)]
    [InlineData("/login", "/sso/*", "/login", "/", false)]
    [InlineData("/api/v1/*", "401", "/api/v1/carts/:cartId/lines", "401", true)]
    [InlineData("/api/v1/*", "401", "/api/v2/carts", "401", false)]
    [InlineData("*", "*", "/", "external", true)]
    [InlineData("/a?c", "*", "/abc", "/", false)]
    public void Rule_matches_routes_with_a_pattern(string fromPattern, string toPattern, string from, string to, bool expected) =>
        Assert.Equal(expected, new AlertRule { From = fromPattern, To = toPattern }.Matches(from, to));

    private static DateTimeOffset? Ago(int? seconds) => seconds is null ? null : _now.AddSeconds(-seconds.Value);
}

using Shop.Insights.Jumps;

namespace Shop.Insights.Alerts;

/// <summary>
/// The jumps of each pair within a sliding window of one minute of event time. The window moves in steps, so that each event is in twelve
/// windows.
/// </summary>
/// <param name="counts">The number of jumps of each pair and step. A step is named by its number since 1970.</param>
internal sealed class JumpWindows(IReadOnlyDictionary<(JumpRoute Route, long Step), int> counts)
{
    /// <summary>The length of the window.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    /// <summary>The time between two windows.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    private static readonly int _stepsPerWindow = (int)(Window / Step);

    private readonly JumpRoute[] _routes = [.. counts.Keys.Select(key => key.Route).Distinct()];

    /// <summary>Returns the number of the step that ends at or before a time.</summary>
    public static long GetStep(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / (long)Step.TotalMilliseconds;

    /// <summary>Returns the end of the window with a number.</summary>
    public static DateTimeOffset GetEnd(long step) => DateTimeOffset.FromUnixTimeMilliseconds(step * (long)Step.TotalMilliseconds);

    /// <summary>Returns the number of jumps of each pair in the window with a number; pairs without one are absent.</summary>
    public IReadOnlyDictionary<JumpRoute, int> GetWindow(long step) =>
        _routes
            .Select(route => (route, Count: Enumerable.Range(0, _stepsPerWindow)
                .Sum(index => counts.GetValueOrDefault((route, step - 1 - index)))))
            .Where(pair => pair.Count > 0)
            .ToDictionary(pair => pair.route, pair => pair.Count);
}

using System.Globalization;
using Shop.Insights.Events;

namespace Shop.Insights.Queries;

/// <summary>
/// Two events of different names whose times differ by at most <see cref="MaxDifference"/> have no order: the clocks of two services
/// differ, and a service emits an event when something is done, which need not be the order in which the visitor did it. Events of the
/// same name are ordered by their positions.
/// </summary>
/// <remarks>
/// A second is what a visitor needs for two actions at least, and much more than clocks that are synchronized differ. Amplitude does the
/// same for its funnels.
/// </remarks>
internal static class SimultaneousEvents
{
    /// <summary>The largest difference in time at which two events have no order. 1 s.</summary>
    public static readonly TimeSpan MaxDifference = TimeSpan.FromSeconds(1);

    /// <summary>Returns the SQL expression of the first position that is not certainly before a position.</summary>
    public static string GetFirstPosition(string position) => string.Create(
        CultureInfo.InvariantCulture,
        $"((({position} >> {StoredEvent.SequenceBits}) - {(long)MaxDifference.TotalMilliseconds}) << {StoredEvent.SequenceBits})");
}

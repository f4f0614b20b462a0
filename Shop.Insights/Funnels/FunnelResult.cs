namespace Shop.Insights.Funnels;

/// <summary>A funnel.</summary>
/// <param name="From">Start of the range, inclusive.</param>
/// <param name="To">End of the range, exclusive.</param>
/// <param name="AsOf">The time of the newest event; null if there is none.</param>
/// <param name="Unit">The unit that is counted: <c>session</c> or <c>journey</c>.</param>
/// <param name="Order">In which order the steps are counted: <c>ordered</c>, <c>strict</c> or <c>any</c>.</param>
/// <param name="WindowSeconds">The time from the first to the last step at most, in seconds.</param>
/// <param name="IncludesSynthetic">Whether synthetic visitors (simulated visitors and crawlers) are counted.</param>
/// <param name="Steps">The steps of all units.</param>
/// <param name="Groups">The steps of each value of the breakdown: up to 12 groups, the largest first; empty without a breakdown.</param>
/// <param name="OtherGroups">The number of values of the breakdown whose groups are left out.</param>
/// <param name="OtherUnits">The number of units in these groups.</param>
public sealed record FunnelResult(
    DateTimeOffset From,
    DateTimeOffset To,
    DateTimeOffset? AsOf,
    string Unit,
    string Order,
    double WindowSeconds,
    bool IncludesSynthetic,
    IReadOnlyList<FunnelStepResult> Steps,
    IReadOnlyList<FunnelGroup> Groups,
    int OtherGroups,
    long OtherUnits);

/// <summary>The funnel of one value of the breakdown.</summary>
/// <param name="Value">The value; null for units without one.</param>
/// <param name="Steps">The steps.</param>
public sealed record FunnelGroup(string? Value, IReadOnlyList<FunnelStepResult> Steps);

/// <summary>A step of a funnel.</summary>
/// <param name="Number">The number of the step, from 1 on.</param>
/// <param name="Label">The name of the step.</param>
/// <param name="Definition">
/// The event and the properties of the step; empty for the steps after the first in any order, which are the same number of any of them.
/// </param>
/// <param name="Count">The number of units that reached the step.</param>
/// <param name="Overall">The share of the units of step 1 that reached this step, from 0 to 1.</param>
/// <param name="Conversion">The share of the units of the step before that reached this step, from 0 to 1.</param>
/// <param name="Lost">The number of units that reached the step before and not this one.</param>
/// <param name="MedianSeconds">The median of the times from the step before, in seconds; null without units.</param>
/// <param name="P90Seconds">The 90th percentile of the times from the step before, in seconds; null without units.</param>
public sealed record FunnelStepResult(
    int Number,
    string Label,
    string Definition,
    long Count,
    double Overall,
    double Conversion,
    long Lost,
    double? MedianSeconds,
    double? P90Seconds);

/// <summary>A unit of a funnel.</summary>
/// <param name="Id">The id of the session or journey.</param>
/// <param name="SessionId">The session.</param>
/// <param name="EnteredAt">The time of step 1.</param>
/// <param name="LastStep">The last step that the unit reached.</param>
/// <param name="LastStepAt">The time of that step.</param>
/// <param name="TraceId">The trace of the event of that step.</param>
public sealed record FunnelUnit(
    string Id, string? SessionId, DateTimeOffset EnteredAt, int LastStep, DateTimeOffset LastStepAt, string? TraceId);

/// <summary>Units that reached a step, or that did not get beyond it.</summary>
/// <param name="Items">The latest units, up to the limit.</param>
public sealed record FunnelUnits(IReadOnlyList<FunnelUnit> Items);

namespace Shop.Insights.Causes;

/// <summary>Why sessions or journeys were lost before a step of a funnel.</summary>
/// <param name="From">Start of the range, inclusive.</param>
/// <param name="To">End of the range, exclusive.</param>
/// <param name="AsOf">The time of the newest event; null if there is none.</param>
/// <param name="Unit">The unit that is counted: <c>session</c> or <c>journey</c>.</param>
/// <param name="Step">The number of the step that they did not reach.</param>
/// <param name="Label">The name of that step.</param>
/// <param name="IncludesSynthetic">Whether synthetic visitors (simulated visitors and crawlers) are counted.</param>
/// <param name="Lost">The number of units that reached the step before and not this one.</param>
/// <param name="Causes">The causes with units, the most frequent one first.</param>
public sealed record CauseResult(
    DateTimeOffset From,
    DateTimeOffset To,
    DateTimeOffset? AsOf,
    string Unit,
    int Step,
    string Label,
    bool IncludesSynthetic,
    long Lost,
    IReadOnlyList<Cause> Causes)
{
    /// <summary>The cause of units that no rule explains: they left without a fault that is known.</summary>
    public const string None = "none";

    /// <summary>The meaning of <see cref="None"/>.</summary>
    public const string NoneSummary = "No known fault";
}

/// <summary>A cause.</summary>
/// <param name="Name">The name: that of the rule, or <c>none</c>.</param>
/// <param name="Summary">The meaning of the cause, for people; null if its rule has none.</param>
/// <param name="When">The condition of the rule; null for <c>none</c>.</param>
/// <param name="Count">The number of units. Each has one cause.</param>
/// <param name="Share">The share of the lost units, from 0 to 1.</param>
/// <param name="Low">The lower end of the 95% confidence interval of the share, by Wilson's formula.</param>
/// <param name="High">The upper end of the interval.</param>
/// <param name="Examples">The latest units, up to five.</param>
public sealed record Cause(
    string Name,
    string? Summary,
    string? When,
    long Count,
    double Share,
    double Low,
    double High,
    IReadOnlyList<CauseExample> Examples);

/// <summary>A unit that was lost.</summary>
/// <param name="Id">The id of the session or journey.</param>
/// <param name="SessionId">The session.</param>
/// <param name="LastStepAt">The time of the last step that it reached.</param>
/// <param name="TraceId">The trace of what the rule found; for <c>none</c>, of the last step.</param>
public sealed record CauseExample(string Id, string? SessionId, DateTimeOffset LastStepAt, string? TraceId);

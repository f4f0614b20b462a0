namespace Shop.Insights.Reconciliation;

/// <summary>The two counts of the events of a closed day.</summary>
/// <param name="Day">The day (UTC).</param>
/// <param name="CheckedAt">When they were compared last.</param>
/// <param name="Live">The number that was counted as events arrived.</param>
/// <param name="Recomputed">The number of stored events.</param>
/// <param name="Difference">The sum of the differences of all services, names and hours.</param>
/// <param name="Allowed">The difference that is no alert.</param>
/// <param name="Differences">The largest differences, up to 20.</param>
public sealed record DayComparison(
    DateOnly Day,
    DateTimeOffset CheckedAt,
    long Live,
    long Recomputed,
    long Difference,
    double Allowed,
    IReadOnlyList<CountDifference> Differences);

/// <summary>The two counts of the events of a service and name in an hour.</summary>
/// <param name="Hour">The start of the hour.</param>
/// <param name="Service">The service.</param>
/// <param name="Name">The name of the event.</param>
/// <param name="Live">The number that was counted as events arrived.</param>
/// <param name="Recomputed">The number of stored events.</param>
/// <param name="TraceIds">Traces of stored events of that hour, up to three.</param>
/// <param name="SessionIds">Sessions of stored events of that hour, up to three.</param>
public sealed record CountDifference(
    DateTimeOffset Hour,
    string Service,
    string Name,
    long Live,
    long Recomputed,
    IReadOnlyList<string> TraceIds,
    IReadOnlyList<string> SessionIds);

namespace Shop.Insights.Correlations;

/// <summary>What sessions or journeys had before they were lost, or reached a step. A correlation is no cause.</summary>
/// <param name="From">Start of the range, inclusive.</param>
/// <param name="To">The end of the range, exclusive.</param>
/// <param name="AsOf">The time of the newest event; null if there is none.</param>
/// <param name="Unit">The unit that is counted: <c>session</c> or <c>journey</c>.</param>
/// <param name="Step">The number of the step.</param>
/// <param name="Label">The name of that step.</param>
/// <param name="IncludesSynthetic">Whether synthetic visitors (simulated visitors and crawlers) are counted.</param>
/// <param name="Lost">The number of units that reached the step before and not this one.</param>
/// <param name="Reached">The number of units that reached this step.</param>
/// <param name="Comparisons">The number of events and values that were tested, for which the probabilities are corrected.</param>
/// <param name="Items">The events and values, up to 50: the least probable by chance first.</param>
public sealed record CorrelationResult(
    DateTimeOffset From,
    DateTimeOffset To,
    DateTimeOffset? AsOf,
    string Unit,
    int Step,
    string Label,
    bool IncludesSynthetic,
    long Lost,
    long Reached,
    int Comparisons,
    IReadOnlyList<Correlation> Items);

/// <summary>An event, a value of a property of an event, or a value of the visitor, and how it goes with being lost.</summary>
/// <param name="Event">The name of the event; null for a value of the visitor.</param>
/// <param name="Property">
/// The property of the event; <c>segment</c>, <c>variant</c>, <c>source</c> or <c>device</c> of the visitor; null for the event as such.
/// </param>
/// <param name="Value">The value of the property; null for the event as such.</param>
/// <param name="LostWith">The number of lost units that had it.</param>
/// <param name="ReachedWith">The number of units that had it and reached the step.</param>
/// <param name="LostWithout">The number of lost units that did not have it.</param>
/// <param name="ReachedWithout">The number of units that did not have it and reached the step.</param>
/// <param name="OddsRatio">
/// The odds of being lost with it, divided by those without it: above 1, units that had it are lost more often. With the correction of
/// Haldane and Anscombe.
/// </param>
/// <param name="Low">The lower end of the 95% confidence interval of the odds ratio.</param>
/// <param name="High">The upper end of the interval.</param>
/// <param name="PValue">
/// The probability of such a difference by chance, corrected for the number of comparisons; null for few units.
/// </param>
public sealed record Correlation(
    string? Event,
    string? Property,
    string? Value,
    long LostWith,
    long ReachedWith,
    long LostWithout,
    long ReachedWithout,
    double OddsRatio,
    double Low,
    double High,
    double? PValue);

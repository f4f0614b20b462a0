namespace Shop.Insights.Queries;

/// <summary>The events that a question is about.</summary>
/// <param name="From">The first time.</param>
/// <param name="To">The end of the range, exclusive.</param>
/// <param name="Unit">The unit that is counted.</param>
/// <param name="Filters">
/// The values that a unit must have. A unit has the first value that its events in question carry.
/// </param>
/// <param name="IncludesSynthetic">Whether programs, such as a load test, count as visitors.</param>
internal sealed record EventScope(
    DateTimeOffset From,
    DateTimeOffset To,
    EventUnit Unit,
    IReadOnlyDictionary<EventDimension, string> Filters,
    bool IncludesSynthetic);

/// <summary>The unit that is counted.</summary>
internal enum EventUnit
{
    /// <summary>A session: the visit of one browser, which ends after 30 minutes without a request.</summary>
    Session,

    /// <summary>A journey: one path through the shop, within a session.</summary>
    Journey,
}

/// <summary>A property by which units are filtered and divided.</summary>
internal enum EventDimension
{
    /// <summary>new, returning or member.</summary>
    Segment,

    /// <summary>Experiment and variant, such as <c>checkout:two_steps</c>.</summary>
    Variant,

    /// <summary>Where the visitor came from.</summary>
    Source,

    /// <summary>The class of the device.</summary>
    Device,
}

namespace Shop.Insights.Queries;

/// <summary>The events that a query reads.</summary>
/// <param name="From">Start of the range, inclusive.</param>
/// <param name="To">End of the range, exclusive.</param>
/// <param name="Unit">The unit that is counted.</param>
/// <param name="Filters">
/// The values that a unit must have. A unit has the first value that its events of the query carry.
/// </param>
/// <param name="IncludesSynthetic">Whether synthetic visitors (simulated visitors and crawlers) are counted.</param>
internal sealed record EventScope(
    DateTimeOffset From,
    DateTimeOffset To,
    EventUnit Unit,
    IReadOnlyDictionary<EventDimension, string> Filters,
    bool IncludesSynthetic)
{
    /// <summary>Gets the first day of the range (UTC).</summary>
    public DateOnly FirstDay => DateOnly.FromDateTime(From.UtcDateTime);

    /// <summary>Gets the last day of which a part is in the range (UTC).</summary>
    public DateOnly LastDay => DateOnly.FromDateTime(To.UtcDateTime.AddTicks(-1));
}

/// <summary>The unit that is counted.</summary>
internal enum EventUnit
{
    /// <summary>
    /// A session: the visit of one browser, which ends after <c>Shop:Edge:SessionTimeout</c>, 30 minutes by default, without a request.
    /// </summary>
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

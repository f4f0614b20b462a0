namespace Shop.Insights.CriticalRoutes;

/// <summary>How the pages and events of sessions are associated with a conversion.</summary>
/// <param name="From">Start of the range, inclusive.</param>
/// <param name="To">End of the range, exclusive.</param>
/// <param name="AsOf">The time of the newest event; null if there is none.</param>
/// <param name="Unit">What is counted: <c>session</c> or <c>journey</c>.</param>
/// <param name="Conversion">The event that is the conversion.</param>
/// <param name="IncludesSynthetic">Whether synthetic visitors (simulated visitors and crawlers) are counted.</param>
/// <param name="Units">The number of sessions or journeys with an event.</param>
/// <param name="Converted">The number of them with a conversion.</param>
/// <param name="Tests">The number of pages and events that were compared, for which the probabilities are corrected.</param>
/// <param name="Items">The pages and events that enough sessions or journeys have; the candidates first, then by lift.</param>
/// <param name="Accepted">The candidates that staff have accepted, and the latest ones that were withdrawn.</param>
public sealed record CandidateResult(
    DateTimeOffset From,
    DateTimeOffset To,
    DateTimeOffset? AsOf,
    string Unit,
    string Conversion,
    bool IncludesSynthetic,
    long Units,
    long Converted,
    int Tests,
    IReadOnlyList<CandidateItem> Items,
    IReadOnlyList<AcceptedRouteView> Accepted);

/// <summary>A page or an event, and its association with the conversion.</summary>
/// <param name="Kind"><c>page</c> or <c>event</c>.</param>
/// <param name="Name">The route of the page, or the name of the event.</param>
/// <param name="CriticalRoute">The rule that marks it; null if no rule does.</param>
/// <param name="Units">The number of sessions or journeys that have it before their conversion, or without one.</param>
/// <param name="Converted">The number of them with a conversion.</param>
/// <param name="Support">The share of all sessions or journeys that have it.</param>
/// <param name="Confidence">The share of them with a conversion.</param>
/// <param name="Lift">The confidence, divided by the share of all sessions or journeys with a conversion; null without one.</param>
/// <param name="Low">The lower end of the 95% confidence interval of the lift; null without one.</param>
/// <param name="High">The upper end of the interval.</param>
/// <param name="PValue">
/// The probability of a difference at least as large if the true rates are equal, corrected for the number of tests; null if a rule marks
/// it, or for few conversions.
/// </param>
/// <param name="IsCandidate">Whether it is a candidate: no rule marks it, the lift is large enough, and chance is improbable.</param>
/// <param name="ExampleSessionId">The latest session that has it, preferably one with a conversion.</param>
/// <param name="ExampleTraceId">The trace in which that session has it first.</param>
public sealed record CandidateItem(
    string Kind,
    string Name,
    string? CriticalRoute,
    long Units,
    long Converted,
    double Support,
    double Confidence,
    double? Lift,
    double? Low,
    double? High,
    double? PValue,
    bool IsCandidate,
    string? ExampleSessionId,
    string? ExampleTraceId)
{
    /// <summary>The kind of pages.</summary>
    public const string Page = "page";

    /// <summary>The kind of events.</summary>
    public const string Event = "event";
}

/// <summary>A candidate that staff have accepted.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The value of <c>shop.critical_route</c>.</param>
/// <param name="Page">The route of the page; null for an event.</param>
/// <param name="Event">The name of the event; null for a page.</param>
/// <param name="AcceptedAt">When it was accepted.</param>
/// <param name="AcceptedBy">Who accepted it: the subject of the sign-in.</param>
/// <param name="WithdrawnAt">When it was withdrawn; null while it is in effect.</param>
/// <param name="WithdrawnBy">Who withdrew it.</param>
public sealed record AcceptedRouteView(
    Guid Id,
    string Name,
    string? Page,
    string? Event,
    DateTimeOffset AcceptedAt,
    string AcceptedBy,
    DateTimeOffset? WithdrawnAt,
    string? WithdrawnBy);

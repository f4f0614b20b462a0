namespace Shop.Insights.Jumps;

/// <summary>The jumps of a range.</summary>
/// <param name="From">Start of the range, inclusive.</param>
/// <param name="To">End of the range, exclusive.</param>
/// <param name="AsOf">The time of the newest event; null if there is none.</param>
/// <param name="IncludesSynthetic">Whether synthetic visitors (simulated visitors and crawlers) are counted.</param>
/// <param name="BucketSeconds">The length of a part of the range, in seconds.</param>
/// <param name="Count">The number of jumps of all pairs, also of those that are not listed.</param>
/// <param name="Pairs">The most frequent pairs, up to 200.</param>
public sealed record JumpResult(
    DateTimeOffset From,
    DateTimeOffset To,
    DateTimeOffset? AsOf,
    bool IncludesSynthetic,
    double BucketSeconds,
    long Count,
    IReadOnlyList<JumpPair> Pairs);

/// <summary>The jumps from one route to another with the same status.</summary>
/// <param name="From">The route that answered, or the page that the visitor came from.</param>
/// <param name="To">The route that the visitor was sent to; the status of a request that was refused.</param>
/// <param name="Status">The status of the response; null for a redirect by a script.</param>
/// <param name="Count">The number of jumps.</param>
/// <param name="Units">The number of sessions or journeys with such a jump.</param>
/// <param name="Reached">The number of jumps whose target was requested by the same session, and did not fail.</param>
/// <param name="NotSeen">The number of jumps after which the session did not request the target, or got an error.</param>
/// <param name="Unknown">The number of jumps without a session, or to a target that emits no events.</param>
/// <param name="PerMinute">The mean rate of the range, per minute.</param>
/// <param name="PeakPerMinute">The most jumps within 60 seconds.</param>
/// <param name="Rates">The rate of each part of the range, per minute.</param>
/// <param name="TraceIds">The latest traces, up to three; those whose target was not seen first.</param>
public sealed record JumpPair(
    string From,
    string To,
    int? Status,
    long Count,
    long Units,
    long Reached,
    long NotSeen,
    long Unknown,
    double PerMinute,
    long PeakPerMinute,
    IReadOnlyList<double> Rates,
    IReadOnlyList<string> TraceIds);

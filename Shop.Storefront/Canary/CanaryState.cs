namespace Shop.Storefront.Canary;

/// <summary>The state of a canary, as <c>/admin/canary</c> returns it.</summary>
/// <param name="Service">The service.</param>
/// <param name="Status"><c>waiting</c> until the canary is healthy, <c>running</c>, <c>promoted</c> or <c>rolled_back</c>.</param>
/// <param name="Share">Share of the sessions that the canary gets, in percent.</param>
/// <param name="Canary">Requests to the canary at this share; null without one.</param>
/// <param name="Baseline">Requests to the baseline at this share; null without one.</param>
/// <param name="ErrorEvidence">How many times as likely the errors are if the canary fails more often.</param>
/// <param name="LatencyEvidence">The same for intervals with slow requests.</param>
/// <param name="EvidenceLimit">The evidence at which the canary is rolled back.</param>
/// <param name="Decisions">All decisions, oldest first.</param>
internal sealed record CanaryState(
    string Service,
    string Status,
    int Share,
    CanaryTrackState? Canary,
    CanaryTrackState? Baseline,
    double? ErrorEvidence,
    double? LatencyEvidence,
    double EvidenceLimit,
    IReadOnlyList<CanaryDecision> Decisions);

/// <summary>A decision about a canary.</summary>
/// <param name="At">The time.</param>
/// <param name="Share">The new share in percent; 0 for a roll-back.</param>
/// <param name="Reason">Why the canary was rolled back; null otherwise.</param>
/// <param name="Canary">Requests to the canary at the share before.</param>
/// <param name="Baseline">Requests to the baseline at the share before.</param>
internal sealed record CanaryDecision(
    DateTimeOffset At, int Share, string? Reason, CanaryTrackState Canary, CanaryTrackState Baseline);

/// <summary>The requests to one version.</summary>
/// <param name="Requests">Number of requests.</param>
/// <param name="Errors">Number of those that failed.</param>
/// <param name="P99Ms">99th percentile of their duration in milliseconds.</param>
internal sealed record CanaryTrackState(long Requests, long Errors, double P99Ms)
{
    public static CanaryTrackState Of(CanaryFigures? figures) => figures is null
        ? new(0, 0, 0)
        : new(figures.Requests, figures.Errors, Math.Round(figures.GetP99().TotalMilliseconds, 1));
}

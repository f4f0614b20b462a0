using Shop.Telemetry.Events;

namespace Shop.Contracts.Events;

/// <summary>
/// Decisions about a canary: a second version of a service, which gets a share of the sessions. They belong to no visitor, and their
/// figures are those of one replica of the edge since the share was last changed.
/// </summary>
public static class CanaryEvents
{
    /// <summary>The canary got a larger share of the sessions: the first one, or the next, as it was no worse than the baseline.</summary>
    /// <param name="CanaryService">Name of the service.</param>
    /// <param name="CanaryShare">New share in percent; at 100, the canary has taken the place of the baseline.</param>
    /// <param name="CanaryRequests">Requests to the canary at the share before.</param>
    /// <param name="CanaryErrors">Errors among them.</param>
    /// <param name="CanaryP99">99th percentile of their duration in milliseconds.</param>
    /// <param name="BaselineRequests">Requests to the baseline at the share before.</param>
    /// <param name="BaselineErrors">Errors among them.</param>
    /// <param name="BaselineP99">99th percentile of their duration in milliseconds.</param>
    [Event("canary.share_raised", HasVisitor = false)]
    public sealed record ShareRaised(
        string CanaryService,
        int CanaryShare,
        long CanaryRequests,
        long CanaryErrors,
        double CanaryP99,
        long BaselineRequests,
        long BaselineErrors,
        double BaselineP99) : ShopEvent;

    /// <summary>The canary was rolled back: all requests go to the baseline again.</summary>
    /// <param name="CanaryService">Name of the service.</param>
    /// <param name="Reason">Machine-readable reason code.</param>
    /// <param name="CanaryShare">Share that it had, in percent.</param>
    /// <param name="CanaryRequests">Requests to the canary at this share.</param>
    /// <param name="CanaryErrors">Errors among them.</param>
    /// <param name="CanaryP99">99th percentile of their duration in milliseconds.</param>
    /// <param name="BaselineRequests">Requests to the baseline at this share.</param>
    /// <param name="BaselineErrors">Errors among them.</param>
    /// <param name="BaselineP99">99th percentile of their duration in milliseconds.</param>
    [Event("canary.rolled_back", HasVisitor = false)]
    public sealed record RolledBack(
        string CanaryService,
        string Reason,
        int CanaryShare,
        long CanaryRequests,
        long CanaryErrors,
        double CanaryP99,
        long BaselineRequests,
        long BaselineErrors,
        double BaselineP99) : ShopEvent;
}

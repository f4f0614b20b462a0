using Microsoft.Extensions.Options;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;

namespace Shop.Storefront.Canary;

/// <summary>
/// Decides which share of the sessions the canary gets: none until a replica of it is healthy, then one step after the other, and none
/// again when it is worse than the baseline. Each decision is an event. The decisions are those of this replica and last until it stops.
/// </summary>
internal sealed class CanaryRollout(IOptions<CanaryOptions> options, TimeProvider time, JourneyEvents events)
{
    /// <summary>The probability that a canary which is as good as the baseline is rolled back because of its figures, at most.</summary>
    public const double FalseAlarmProbability = 0.01;

    private const int TestsPerStep = 2;
    private const int WarmUpRequests = 30;

    // Ten probes. A busy machine fails some in a row, and meanwhile no visitor is harmed: the baseline gets all requests.
    private static readonly TimeSpan _maxUnhealthyTime = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly IReadOnlyList<int> _shares = [.. options.Value.ParseSteps()!, 100];
    private readonly List<CanaryDecision> _decisions = [];
    private volatile CanaryStep? _step;
    private bool _isRolledBack;
    private long _canaryRequests;
    private DateTimeOffset? _unhealthySince;

    /// <summary>The current step; null while the canary gets no sessions.</summary>
    public CanaryStep? Step => _step;

    // Of each test: there are two in each step, the last of which compares nothing.
    private double Level => FalseAlarmProbability / (TestsPerStep * (_shares.Count - 1));

    /// <summary>Notes that a replica of the canary is healthy. For the first time, the canary gets its first share.</summary>
    public void OnHealthy()
    {
        lock (_lock)
        {
            _unhealthySince = null;
            if (_step is null && !_isRolledBack)
            {
                RaiseShare(_shares[0]);
            }
        }
    }

    /// <summary>Notes that no replica of the canary is healthy, although it has a share. This must not last.</summary>
    /// <param name="isBaselineHealthy">
    /// Whether a replica of the baseline is. Otherwise it is not the version that fails, and the time begins again.
    /// </param>
    public void OnUnhealthy(bool isBaselineHealthy)
    {
        lock (_lock)
        {
            if (!isBaselineHealthy)
            {
                _unhealthySince = null;
                return;
            }

            _unhealthySince ??= time.GetUtcNow();
            if (time.GetUtcNow() - _unhealthySince >= _maxUnhealthyTime)
            {
                RollBack(CanaryReasons.Unhealthy);
            }
        }
    }

    /// <summary>Adds a request, and decides whether the canary is rolled back or gets its next share.</summary>
    /// <param name="choice">The version that the request went to. Requests of earlier steps do not count.</param>
    /// <param name="failed">Whether it failed.</param>
    /// <param name="duration">Time until the head of the response, or until the failure.</param>
    public void Record(CanaryChoice choice, bool failed, TimeSpan duration)
    {
        lock (_lock)
        {
            if (_step is not { } step || step != choice.Step)
            {
                return;
            }

            var isCanary = choice.Track is CanaryTrack.Canary;
            _canaryRequests += isCanary ? 1 : 0;
            var isWarm = !isCanary || _canaryRequests > WarmUpRequests;
            step.Record(choice.Track, choice.Session, failed, duration, isWarm, time.GetUtcNow());
            if (step.Rejection is { } reason)
            {
                RollBack(reason);
            }
            else if (step.Share < 100
                && step.CanarySessions >= options.Value.MinSessions
                && time.GetUtcNow() - step.StartedAt >= options.Value.StepDuration)
            {
                RaiseShare(_shares.First(share => share > step.Share));
            }
        }
    }

    /// <summary>Returns the state and all decisions.</summary>
    public CanaryState GetState()
    {
        lock (_lock)
        {
            var status = (_step, _isRolledBack) switch
            {
                (null, true) => "rolled_back",
                (null, false) => "waiting",
                ({ Share: 100 }, _) => "promoted",
                _ => "running",
            };
            return new(
                options.Value.Service!,
                status,
                _step?.Share ?? 0,
                _step is null ? null : CanaryTrackState.Of(_step.Canary),
                _step is null ? null : CanaryTrackState.Of(_step.Baseline),
                _step?.ErrorEvidence,
                _step?.LatencyEvidence,
                1 / Level,
                [.. _decisions]);
        }
    }

    private void RaiseShare(int share)
    {
        var (canary, baseline) = (CanaryTrackState.Of(_step?.Canary), CanaryTrackState.Of(_step?.Baseline));
        _step = new CanaryStep(share, time.GetUtcNow(), Level, _step);
        Add(new(time.GetUtcNow(), share, null, canary, baseline), new CanaryEvents.ShareRaised(
            options.Value.Service!,
            share,
            canary.Requests,
            canary.Errors,
            canary.P99Ms,
            baseline.Requests,
            baseline.Errors,
            baseline.P99Ms));
    }

    private void RollBack(string reason)
    {
        if (_step is not { } step)
        {
            return;
        }

        (_step, _isRolledBack) = (null, true);
        var (canary, baseline) = (CanaryTrackState.Of(step.Canary), CanaryTrackState.Of(step.Baseline));
        Add(new(time.GetUtcNow(), 0, reason, canary, baseline), new CanaryEvents.RolledBack(
            options.Value.Service!,
            reason,
            step.Share,
            canary.Requests,
            canary.Errors,
            canary.P99Ms,
            baseline.Requests,
            baseline.Errors,
            baseline.P99Ms));
    }

    // Without the context of the request: the event belongs to no visitor, page or trace.
    private void Add(CanaryDecision decision, ShopEvent journeyEvent)
    {
        _decisions.Add(decision);
        ThreadPool.UnsafeQueueUserWorkItem(
            static state => state.events.Emit(state.journeyEvent), (events, journeyEvent), preferLocal: false);
    }
}

namespace Shop.Storefront.Canary;

/// <summary>The comparison of the canary with the baseline while the canary has one share of the sessions. Not thread-safe.</summary>
internal sealed class CanaryStep
{
    /// <summary>
    /// The number of sessions that are counted at most. While both versions fail for so many, a difference would have been seen long
    /// before.
    /// </summary>
    public const int MaxSessions = 10_000;

    // Before the limit of slow requests is known, none is slow. A 99th percentile of fewer requests is one of the highest durations.
    private const int MinRequestsForLimit = 200;

    private static readonly TimeSpan _minDelay = TimeSpan.FromMilliseconds(100);

    // Most stalls are shorter, and a canary that fails often does so in each.
    private static readonly TimeSpan _intervalLength = TimeSpan.FromMilliseconds(500);

    private readonly SequentialTest? _errors;
    private readonly SequentialTest? _slowness;
    private readonly HashSet<CanaryTrack> _slowTracks = [];
    private readonly HashSet<ulong> _canarySessions = [];
    private readonly HashSet<ulong> _sessionsWithErrors = [];
    private readonly HashSet<ulong> _slowSessions = [];
    private TimeSpan? _slowLimit;
    private long _interval;

    /// <summary>Begins a step.</summary>
    /// <param name="share">The share of the sessions that the canary gets, in percent. At 100 there is nothing to compare it with.</param>
    /// <param name="startedAt">The current time.</param>
    /// <param name="level">The probability that a canary which is as good is rejected by one of the two tests, at most.</param>
    /// <param name="previous">The step before, whose limit of slow requests applies until the baseline has enough requests.</param>
    public CanaryStep(int share, DateTimeOffset startedAt, double level, CanaryStep? previous)
    {
        (Share, StartedAt, _slowLimit) = (share, startedAt, previous?._slowLimit);
        if (share < 100)
        {
            (_errors, _slowness) = (new(share / 100.0, level), new(0.5, level));
        }
    }

    /// <summary>The share of the sessions that the canary gets, in percent.</summary>
    public int Share { get; }

    /// <summary>When the canary got this share.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>The requests to the canary.</summary>
    public CanaryFigures Canary { get; } = new();

    /// <summary>Number of sessions with a request to the canary, up to <see cref="MaxSessions"/>.</summary>
    public int CanarySessions => _canarySessions.Count;

    /// <summary>The requests to the baseline.</summary>
    public CanaryFigures Baseline { get; } = new();

    /// <summary>How many times as likely the errors are if the canary fails more often; 0 where nothing is compared.</summary>
    public double ErrorEvidence => _errors?.Evidence ?? 0;

    /// <summary>The same for intervals with slow requests.</summary>
    public double LatencyEvidence => _slowness?.Evidence ?? 0;

    /// <summary>Why the canary is worse than the baseline; null as long as it is not.</summary>
    public string? Rejection =>
        _errors?.IsRejected == true ? CanaryReasons.Errors : _slowness?.IsRejected == true ? CanaryReasons.Latency : null;

    /// <summary>
    /// Whether a session gets the canary. The sessions of a smaller share are among those of a larger one, so a session changes its version
    /// at most once before a roll-back.
    /// </summary>
    /// <param name="session">The hash of the session.</param>
    public CanaryTrack GetTrack(ulong session) =>
        session < Share / 100.0 * ulong.MaxValue ? CanaryTrack.Canary : CanaryTrack.Baseline;

    /// <summary>Adds a request.</summary>
    /// <param name="track">The version that it went to.</param>
    /// <param name="session">The hash of its session.</param>
    /// <param name="failed">Whether it failed.</param>
    /// <param name="duration">Time until the head of the response, or until the failure.</param>
    /// <param name="isWarm">Whether its duration counts. The first requests of a process take longer.</param>
    /// <param name="at">The current time.</param>
    public void Record(CanaryTrack track, ulong session, bool failed, TimeSpan duration, bool isWarm, DateTimeOffset at)
    {
        var interval = (long)((at - StartedAt) / _intervalLength);
        if (interval != _interval)
        {
            EndInterval();
            _interval = interval;
        }

        if (track is CanaryTrack.Canary)
        {
            AddSession(_canarySessions, session);
        }

        if (failed && AddSession(_sessionsWithErrors, session))
        {
            _errors?.Add(track);
        }

        if (isWarm && duration > _slowLimit && IsInGroup(session) && AddSession(_slowSessions, session))
        {
            _slowTracks.Add(track);
        }

        // After the request was compared: the limit depends on earlier requests only, as the test demands.
        (track is CanaryTrack.Canary ? Canary : Baseline).Record(failed, duration);
        if (track is CanaryTrack.Baseline && Baseline.Requests >= MinRequestsForLimit && Baseline.Requests % MinRequestsForLimit == 0)
        {
            var p99 = Baseline.GetP99();
            _slowLimit = p99 + (p99 > _minDelay ? p99 : _minDelay);
        }
    }

    // A process that stalls is slow for all its sessions, whose number says nothing. So the intervals are counted in which requests of one
    // version only were slow: each is one of the canary with a probability of a half, if both versions stall equally often. If both were
    // slow, so was the machine, or what both depend on.
    private void EndInterval()
    {
        if (_slowTracks.Count == 1)
        {
            _slowness?.Add(_slowTracks.Single());
        }

        _slowTracks.Clear();
        _errors?.BeginInterval();
        _slowness?.BeginInterval();
    }

    // The durations are compared between as many sessions of each version: of more sessions, more are slow in an interval. The canary has
    // the lowest hashes.
    private bool IsInGroup(ulong session) => Math.Min(session, ~session) < Math.Min(Share, 100 - Share) / 100.0 * ulong.MaxValue;

    private static bool AddSession(HashSet<ulong> sessions, ulong session) => sessions.Count < MaxSessions && sessions.Add(session);
}

/// <summary>The requests to one version. Not thread-safe.</summary>
internal sealed class CanaryFigures
{
    private readonly LatencyHistogram _durations = new();

    /// <summary>Number of requests.</summary>
    public long Requests => _durations.Count;

    /// <summary>Number of those that failed.</summary>
    public long Errors { get; private set; }

    /// <summary>Returns the 99th percentile of the durations.</summary>
    public TimeSpan GetP99() => _durations.GetP99();

    /// <summary>Adds a request.</summary>
    public void Record(bool failed, TimeSpan duration)
    {
        _durations.Add(duration);
        Errors += failed ? 1 : 0;
    }
}

/// <summary>The reasons of a roll-back.</summary>
internal static class CanaryReasons
{
    /// <summary>More sessions of the canary meet errors.</summary>
    public const string Errors = "errors";

    /// <summary>Sessions of the canary meet slow requests more often.</summary>
    public const string Latency = "latency";

    /// <summary>No replica of the canary passes its health check, while one of the baseline does.</summary>
    public const string Unhealthy = "unhealthy";
}

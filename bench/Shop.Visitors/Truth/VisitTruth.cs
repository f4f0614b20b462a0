namespace Shop.Visitors.Truth;

/// <summary>An event that the bus must have. It was emitted before the response arrived.</summary>
/// <param name="At">When the response arrived.</param>
/// <param name="SessionId">The session.</param>
/// <param name="Name">The name of the event.</param>
internal sealed record ExpectedEvent(DateTimeOffset At, string SessionId, string Name);

/// <summary>A redirect.</summary>
internal sealed class Jump(string from, string to, int status)
{
    public string From => from;

    public string To => to;

    public int Status => status;

    public bool Reached { get; set; }
}

/// <summary>What happened in a visit. It is written by one visitor, whose requests may run at the same time.</summary>
internal sealed class VisitTruth(int visit, string device)
{
    private readonly Lock _lock = new();
    private readonly List<(string SessionId, string Source)> _sessions = [];
    private readonly Dictionary<string, VisitIds> _last = [];
    private readonly List<ExpectedEvent> _events = [];

    public int Visit => visit;

    public List<Jump> Jumps { get; } = [];

    public List<FaultTruth> Faults { get; } = [];

    public List<OrderTruth> Orders { get; } = [];

    public List<FailureTruth> Failures { get; } = [];

    public IReadOnlyList<ExpectedEvent> Events => _events;

    /// <summary>
    /// Adds the ids of a response. The first response of a session decides its source, the last one its segment and variant.
    /// </summary>
    public void Add(VisitIds ids, string source)
    {
        lock (_lock)
        {
            if (_last.TryAdd(ids.SessionId, ids))
            {
                _sessions.Add((ids.SessionId, source));
            }

            _last[ids.SessionId] = ids;
        }
    }

    /// <summary>Adds events that the bus must have.</summary>
    public void Expect(string sessionId, params ReadOnlySpan<string> names)
    {
        lock (_lock)
        {
            foreach (var name in names)
            {
                _events.Add(new(DateTimeOffset.UtcNow, sessionId, name));
            }
        }
    }

    public Jump AddJump(string from, string to, int status)
    {
        lock (_lock)
        {
            var jump = new Jump(from, to, status);
            Jumps.Add(jump);
            return jump;
        }
    }

    public IEnumerable<SessionTruth> GetSessions() =>
        from session in _sessions
        let last = _last[session.SessionId]
        select new SessionTruth(
            visit, session.SessionId, last.Segment, last.Experiment, last.Variant, session.Source, device,
            new SortedDictionary<string, int>(
                _events.Where(item => item.SessionId == session.SessionId).CountBy(item => item.Name)
                    .ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal));
}

/// <summary>The ids that the storefront adds to a response for a simulated visitor.</summary>
/// <param name="TraceId">The trace of the request.</param>
/// <param name="SessionId">The session.</param>
/// <param name="Segment">The segment: new, returning or member.</param>
/// <param name="Experiment">The experiment that the visitor takes part in; empty without one.</param>
/// <param name="Variant">The variant; empty without one.</param>
internal sealed record VisitIds(string TraceId, string SessionId, string Segment, string Experiment, string Variant)
{
    /// <summary>The ids of a storefront that does not tell them.</summary>
    public static VisitIds Unknown { get; } = new("", "", "", "", "");

    /// <summary>Reads the header of a response.</summary>
    public static VisitIds Parse(string? header) => header?.Split(';') is [var trace, var session, var segment, var experiment, var variant]
        ? new(trace, session, segment, experiment, variant)
        : Unknown;
}

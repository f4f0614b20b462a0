namespace Shop.Visitors.Truth;

/// <summary>An event that the bus must have. It was emitted before the response arrived.</summary>
/// <param name="At">When the response arrived.</param>
/// <param name="SessionId">The session.</param>
/// <param name="Name">The name of the event.</param>
internal sealed record ExpectedEvent(DateTimeOffset At, string SessionId, string Name);

/// <summary>A redirect.</summary>
/// <param name="From">The route that answered.</param>
/// <param name="To">The route that the visitor was sent to.</param>
/// <param name="Status">The status.</param>
internal sealed record Jump(string From, string To, int Status);

/// <summary>A response of the shop that is an event: a page or a redirect.</summary>
/// <param name="At">When it arrived.</param>
/// <param name="Ids">The ids of the request.</param>
/// <param name="Route">The route that answered.</param>
/// <param name="Status">The status.</param>
/// <param name="Jump">The redirect; null for none.</param>
/// <param name="IsPage">Whether it is a page. A redirect may be one, too.</param>
internal sealed record VisitResponse(DateTimeOffset At, VisitIds Ids, string Route, int Status, Jump? Jump, bool IsPage);

/// <summary>What happened in a visit. It is written by one visitor, whose requests may run at the same time.</summary>
internal sealed class VisitTruth(int visit, string device)
{
    // As docs/jumps.md defines it.
    private static readonly TimeSpan _reachTimeout = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly List<(string SessionId, string Source)> _sessions = [];
    private readonly Dictionary<string, VisitIds> _last = [];
    private readonly List<ExpectedEvent> _events = [];
    private readonly List<VisitResponse> _responses = [];

    public int Visit => visit;

    /// <summary>
    /// The redirects, and whether each was reached: the session requested its target within 30 s, and the response was no error.
    /// </summary>
    public IEnumerable<(Jump Jump, bool IsReached)> Jumps =>
        from response in _responses.Index()
        let jump = response.Item.Jump
        where jump is not null
        select (jump!, _responses.Skip(response.Index + 1).Any(next =>
            next.Ids.SessionId == response.Item.Ids.SessionId
            && next.Route == jump!.To
            && next.Status < 400
            && next.At <= response.Item.At + _reachTimeout));

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

    /// <summary>Adds a response, and returns its redirect; null without a target.</summary>
    public Jump? AddResponse(VisitIds ids, string route, int status, string? target, bool isPage)
    {
        var jump = target is null ? null : new Jump(route, target, status);
        lock (_lock)
        {
            _responses.Add(new(DateTimeOffset.UtcNow, ids, route, status, jump, isPage));
        }

        return jump;
    }

    public IEnumerable<SessionTruth> GetSessions() =>
        from session in _sessions
        let last = _last[session.SessionId]
        let views = _responses.Where(response => response.IsPage && response.Ids.SessionId == session.SessionId).ToList()
        select new SessionTruth(
            visit, session.SessionId, last.Segment, last.Experiment, last.Variant, session.Source, device,
            views.Select(view => view.Ids.Segment).FirstOrDefault(""),
            views.Select(view => view.Ids).Where(ids => ids.Experiment.Length > 0)
                .Select(ids => $"{ids.Experiment}:{ids.Variant}").FirstOrDefault(""),
            [.. views.Select(view => view.Route)],
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

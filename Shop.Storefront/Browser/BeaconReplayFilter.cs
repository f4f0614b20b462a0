namespace Shop.Storefront.Browser;

/// <summary>
/// Accepts each event of a page once. It stores a page for at least 30 minutes after its last event, and at most 50,000 pages: when there
/// are more, it forgets the older half, and never a page of the newer half.
/// </summary>
internal sealed class BeaconReplayFilter
{
    /// <summary>The maximum number of pages.</summary>
    public const int MaxPages = 50_000;

    /// <summary>The time for which a page is stored after its last event.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(30);

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private Dictionary<(string SessionId, string Page), ulong[]> _newer = [];
    private Dictionary<(string SessionId, string Page), ulong[]> _older = [];
    private long _newerSince;

    public BeaconReplayFilter(TimeProvider time)
    {
        _time = time;
        _newerSince = time.GetTimestamp();
    }

    /// <summary>The number of pages that are stored.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _newer.Count + _older.Count;
            }
        }
    }

    /// <summary>Returns whether an event is new.</summary>
    /// <param name="sessionId">The id of the session.</param>
    /// <param name="page">The id of the page.</param>
    /// <param name="number">The number of the event in its page.</param>
    public bool TryAccept(string sessionId, string page, int number)
    {
        var bit = 1UL << (number % 64);
        lock (_lock)
        {
            if (_newer.Count >= MaxPages / 2 || _time.GetElapsedTime(_newerSince) >= Lifetime)
            {
                (_older, _newer, _newerSince) = (_newer, [], _time.GetTimestamp());
            }

            if (!_newer.TryGetValue((sessionId, page), out var accepted))
            {
                accepted = _older.Remove((sessionId, page), out var known) ? known : new ulong[BeaconReader.MaxEventsOfPage / 64];
                _newer.Add((sessionId, page), accepted);
            }

            ref var bits = ref accepted[number / 64];
            var isNew = (bits & bit) == 0;
            bits |= bit;
            return isNew;
        }
    }
}

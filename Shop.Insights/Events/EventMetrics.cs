using System.Diagnostics.Metrics;

namespace Shop.Insights.Events;

/// <summary>Counts what becomes of the journey events that arrive.</summary>
internal sealed class EventMetrics
{
    private const string Reason = "shop.insights.reason";

    private readonly Counter<long> _stored;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _unreadable;
    private long _newest;

    public EventMetrics(IMeterFactory meters, IHostEnvironment host, TimeProvider time)
    {
        var meter = meters.Create(host.ApplicationName);
        _stored = meter.CreateCounter<long>("shop.insights.events.stored", "{event}", "Number of events that were stored.");
        _duplicates = meter.CreateCounter<long>(
            "shop.insights.events.duplicates", "{event}", "Number of events that arrived again and were stored before.");
        _dropped = meter.CreateCounter<long>(
            "shop.insights.events.dropped", "{event}", "Number of events that were not stored, by reason: too_old or future.");
        _unreadable = meter.CreateCounter<long>(
            "shop.insights.messages.unreadable", "{message}", "Number of messages that were moved to the error queue.");
        meter.CreateObservableGauge(
            "shop.insights.events.newest.age",
            () => Interlocked.Read(ref _newest) is var newest and > 0
                ? [new Measurement<double>((time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(newest)).TotalSeconds)]
                : Array.Empty<Measurement<double>>(),
            "s",
            "Age of the newest event that this replica has stored. It grows while there are no events.");
    }

    /// <summary>Reports the counter that raises an alert as 0, so that its first increment is a change.</summary>
    public void Start() => _unreadable.Add(0);

    /// <summary>Counts a batch.</summary>
    public void Add(StoreResult result)
    {
        _stored.Add(result.Stored);
        _duplicates.Add(result.Duplicates);
        _dropped.Add(result.TooOld, new KeyValuePair<string, object?>(Reason, "too_old"));
        _dropped.Add(result.Future, new KeyValuePair<string, object?>(Reason, "future"));
        if (result.Newest is { } newest)
        {
            Interlocked.Exchange(ref _newest, Math.Max(_newest, newest.ToUnixTimeMilliseconds()));
        }
    }

    /// <summary>Counts a message that was moved to the error queue.</summary>
    public void AddUnreadable() => _unreadable.Add(1);
}

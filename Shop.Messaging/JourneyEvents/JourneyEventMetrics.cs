using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;

namespace Shop.Messaging.JourneyEvents;

/// <summary>Counts the outcomes of journey events: published, retried, spilled, replayed and lost.</summary>
internal sealed class JourneyEventMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _published;
    private readonly Counter<long> _retried;
    private readonly Counter<long> _spilled;
    private readonly Counter<long> _replayed;
    private readonly Counter<long> _lost;

    public JourneyEventMetrics(IMeterFactory meters, IHostEnvironment host)
    {
        _meter = meters.Create(host.ApplicationName);
        _published = CreateCounter("published", "Number of journey events that the broker has confirmed.");
        _retried = CreateCounter("retried", "Number of journey events that were sent to the broker again.");
        _spilled = CreateCounter("spilled", "Number of journey events that were written to disk, because the broker was not available.");
        _replayed = CreateCounter("replayed", "Number of journey events that were published from disk.");
        _lost = CreateCounter("lost", "Number of journey events that were neither published nor written to disk.");
    }

    public void AddPublished(int events) => _published.Add(events);

    public void AddRetried(int events) => _retried.Add(events);

    public void AddSpilled(int events) => _spilled.Add(events);

    public void AddReplayed(int events) => _replayed.Add(events);

    public void AddLost(int events) => _lost.Add(events);

    /// <summary>Reports the length of the queue.</summary>
    public void ObserveQueue(Func<int> count) => _meter.CreateObservableGauge(
        "shop.journey_events.queue.size", count, "{event}", "Number of journey events in memory that wait to be published.");

    /// <summary>Reports each counter as 0, so that the first increment of one that nearly always stays 0 is a change.</summary>
    public void Start()
    {
        foreach (var counter in (Counter<long>[])[_published, _retried, _spilled, _replayed, _lost])
        {
            counter.Add(0);
        }
    }

    private Counter<long> CreateCounter(string name, string description) =>
        _meter.CreateCounter<long>($"shop.journey_events.{name}", "{event}", description);
}

using System.Diagnostics.Metrics;

namespace Shop.Insights.Spans;

/// <summary>Counts what becomes of the spans that arrive.</summary>
internal sealed class SpanMetrics
{
    private const string Reason = "shop.insights.reason";

    private readonly Counter<long> _stored;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _lost;
    private readonly Counter<long> _refused;

    public SpanMetrics(IMeterFactory meters, IHostEnvironment host, SpanQueue queue)
    {
        var meter = meters.Create(host.ApplicationName);
        _stored = meter.CreateCounter<long>("shop.insights.spans.stored", "{span}", "Number of spans that were stored.");
        _duplicates = meter.CreateCounter<long>(
            "shop.insights.spans.duplicates", "{span}", "Number of spans that arrived again and were stored before.");
        _rejected = meter.CreateCounter<long>(
            "shop.insights.spans.rejected", "{span}", "Number of spans that are not valid, or outside of the retention time.");
        _lost = meter.CreateCounter<long>(
            "shop.insights.spans.lost", "{span}", "Number of spans that were accepted and could not be stored.");
        _refused = meter.CreateCounter<long>(
            "shop.insights.span_requests.refused",
            "{request}",
            "Number of requests with spans that were refused, by reason: busy, queue_full, too_large, invalid or unsupported.");
        meter.CreateObservableGauge("shop.insights.spans.queued", () => queue.Count, "{span}", "Number of spans that wait to be stored.");
    }

    /// <summary>Reports the counter that raises an alert as 0, so that its first increment is a change.</summary>
    public void Start() => _lost.Add(0);

    /// <summary>Counts spans that were stored, or had been stored before.</summary>
    public void AddStored(int stored, int duplicates)
    {
        _stored.Add(stored);
        _duplicates.Add(duplicates);
    }

    /// <summary>Counts spans that are not valid, or outside of the retention time.</summary>
    public void AddRejected(int count) => _rejected.Add(count);

    /// <summary>Counts spans that were accepted and could not be stored.</summary>
    public void AddLost(int count) => _lost.Add(count);

    /// <summary>Counts a request that was refused.</summary>
    public void AddRefused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>(Reason, reason));
}

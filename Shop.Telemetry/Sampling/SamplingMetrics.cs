using System.Diagnostics.Metrics;

namespace Shop.Telemetry.Sampling;

/// <summary>Metrics of trace sampling. Exact counts come from metrics like these; sampled spans only give estimates.</summary>
internal sealed class SamplingMetrics
{
    public const string MeterName = "Shop.Telemetry.Sampling";

    private const string Rule = "shop.sampling.rule";
    private const string Sampled = "shop.sampling.sampled";
    private const string Limit = "shop.sampling.limit";

    private readonly Counter<long> _traces;
    private readonly Counter<long> _tailTraces;
    private readonly Counter<long> _droppedSpans;

    public SamplingMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _traces = meter.CreateCounter<long>(
            "shop.sampling.traces", "{trace}", "Number of traces that started in this service, by sampling rule and decision.");
        _tailTraces = meter.CreateCounter<long>(
            "shop.sampling.tail.traces",
            "{trace}",
            "Number of traces without a positive head decision whose local part was completed, by tail-sampling reason and decision.");
        _droppedSpans = meter.CreateCounter<long>(
            "shop.sampling.tail.dropped",
            "{span}",
            "Number of spans that were dropped before the local part of their trace was completed, by the buffer limit that was reached.");
    }

    /// <summary>Counts a head decision.</summary>
    public void RecordDecision(string rule, bool sampled) => _traces.Add(1, new(Rule, rule), new(Sampled, sampled));

    /// <summary>Counts a tail decision; <paramref name="reason"/> is null when the trace is dropped.</summary>
    public void RecordTailDecision(string? reason) =>
        _tailTraces.Add(1, new(SamplingAttributes.Reason, reason ?? "none"), new(Sampled, reason is not null));

    /// <summary>Counts buffered spans that a limit removed.</summary>
    public void RecordDroppedSpans(int spans, string limit) => _droppedSpans.Add(spans, new KeyValuePair<string, object?>(Limit, limit));
}

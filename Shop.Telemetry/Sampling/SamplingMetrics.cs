using System.Diagnostics.Metrics;

namespace Shop.Telemetry.Sampling;

/// <summary>Metrics of trace sampling. Exact counts come from metrics like these; sampled spans only give estimates.</summary>
internal sealed class SamplingMetrics
{
    public const string MeterName = "Shop.Telemetry.Sampling";

    private const string Rule = "shop.sampling.rule";
    private const string Sampled = "shop.sampling.sampled";
    private const string Partial = "shop.sampling.partial";
    private const string Limit = "shop.sampling.limit";

    // Not boxed for each request.
    private static readonly object _true = true;
    private static readonly object _false = false;

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
            "Number of traces without a positive head decision whose local part was completed, by tail-sampling reason and decision. A "
            + "trace with a reason that was not sampled was over the limit of its route. A sampled trace is partial when parts of it are "
            + "in other services.");
        _droppedSpans = meter.CreateCounter<long>(
            "shop.sampling.tail.dropped",
            "{span}",
            "Number of spans without a tail decision, by the buffer limit that was reached; \"late\" ones ended after the decision.");
    }

    /// <summary>Counts a head decision.</summary>
    public void RecordDecision(string rule, bool sampled) => _traces.Add(1, new(Rule, rule), new(Sampled, sampled ? _true : _false));

    /// <summary>Counts a positive tail decision.</summary>
    public void RecordTailSampled(string reason, bool partial) =>
        _tailTraces.Add(1, new(SamplingAttributes.Reason, reason), new(Sampled, _true), new(Partial, partial ? _true : _false));

    /// <summary>Counts a negative tail decision; <paramref name="reason"/> is null unless the trace was over the limit.</summary>
    public void RecordTailDropped(string? reason) =>
        _tailTraces.Add(1, new(SamplingAttributes.Reason, reason ?? "none"), new(Sampled, _false));

    /// <summary>Counts buffered spans that a limit removed.</summary>
    public void RecordDroppedSpans(int spans, string limit) => _droppedSpans.Add(spans, new KeyValuePair<string, object?>(Limit, limit));
}

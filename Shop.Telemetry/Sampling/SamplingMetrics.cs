using System.Diagnostics.Metrics;

namespace Shop.Telemetry.Sampling;

/// <summary>What sampling did with the traces. Counts that matter come from metrics like these, never from sampled spans.</summary>
internal sealed class SamplingMetrics
{
    public const string MeterName = "Shop.Telemetry.Sampling";

    private readonly Counter<long> _traces;
    private readonly Counter<long> _tails;
    private readonly Counter<long> _lost;

    public SamplingMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _traces = meter.CreateCounter<long>("shop.sampling.traces", "{trace}", "Traces that began here, by the rule that decided them.");
        _tails = meter.CreateCounter<long>("shop.sampling.tail.traces", "{trace}", "This service's parts of traces that were decided against, by what became of them.");
        _lost = meter.CreateCounter<long>("shop.sampling.tail.dropped", "{span}", "Spans that were held and let go before their trace had ended, by the limit that was reached.");
    }

    public void Decided(string rule, bool kept) => _traces.Add(1, new("shop.sampling.rule", rule), new("shop.sampling.sampled", kept));

    public void TailEnded(string? reason) => _tails.Add(1, new("shop.sampling.rule", reason ?? "none"), new("shop.sampling.sampled", reason is not null));

    public void Lost(int spans, string limit) => _lost.Add(spans, new KeyValuePair<string, object?>("shop.sampling.limit", limit));
}

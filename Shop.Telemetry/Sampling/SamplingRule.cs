namespace Shop.Telemetry.Sampling;

/// <summary>A named sampling probability with its threshold and trace state, which are computed once.</summary>
internal sealed class SamplingRule(string name, double probability)
{
    public const string DefaultName = "default";
    public const string CriticalRouteName = "critical_route";

    /// <summary>The value of the metric attribute <c>shop.sampling.rule</c>.</summary>
    public string Name => name;

    /// <summary>The sampling probability, from 0 to 1.</summary>
    public double Probability => probability;

    public SamplingThreshold Threshold { get; } = SamplingThreshold.FromProbability(probability);

    /// <summary>The <c>tracestate</c> of a sampled root span. A trace that starts in this process has no other trace state.</summary>
    public string TraceState { get; } = OtelTraceState.WithThreshold(null, SamplingThreshold.FromProbability(probability));
}

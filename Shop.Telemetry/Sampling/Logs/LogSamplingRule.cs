namespace Shop.Telemetry.Sampling.Logs;

/// <summary>Samples the log records of some categories and levels with a fixed or with the adaptive probability, and counts them.</summary>
/// <param name="counts">The counts of this rule.</param>
/// <param name="fixedThreshold">The threshold of the fixed probability; null for the adaptive probability.</param>
/// <param name="adaptiveProbability">The probability of all rules without a fixed one.</param>
internal sealed class LogSamplingRule(
    LogSamplingCounts counts, SamplingThreshold? fixedThreshold, AdaptiveLogProbability adaptiveProbability)
{
    /// <summary>The name, in the metrics, of the rule for records that no configured rule matches.</summary>
    public const string DefaultName = "default";

    public SamplingThreshold Threshold => fixedThreshold ?? adaptiveProbability.Threshold;

    /// <summary>Counts the decision about one log record.</summary>
    public void RecordDecision(LogSamplingDecision decision)
    {
        (decision is LogSamplingDecision.Dropped ? counts.Dropped : counts.Sampled).Increment();
        if (fixedThreshold is null && decision is not LogSamplingDecision.AlwaysSampled)
        {
            adaptiveProbability.Record(sampled: decision is LogSamplingDecision.Sampled);
        }
    }
}

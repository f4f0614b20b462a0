using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>
/// Metrics of log sampling, by rule. Log records that are exempt from sampling by their category or level are not counted: none of them
/// is dropped.
/// </summary>
internal sealed class LogSamplingMetrics
{
    public const string MeterName = "Shop.Telemetry.Sampling.Logs";

    private readonly ConcurrentDictionary<string, LogSamplingCounts> _countsByRule = new(StringComparer.Ordinal);

    public LogSamplingMetrics(IMeterFactory meters, Func<double> getProbability)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableCounter(
            "shop.log.sampled",
            () => Observe(counts => counts.Sampled),
            "{log_record}",
            "Number of sampled log records, by sampling rule.");
        meter.CreateObservableCounter(
            "shop.log.dropped",
            () => Observe(counts => counts.Dropped),
            "{log_record}",
            "Number of dropped log records, by sampling rule.");
        meter.CreateObservableGauge(
            "shop.log.probability", getProbability, "1", "Current sampling probability of log records without a fixed probability.");
    }

    /// <summary>Returns the counts of a rule, which is the value of the metric attribute <c>shop.log.rule</c>.</summary>
    public LogSamplingCounts GetCounts(string rule) => _countsByRule.GetOrAdd(rule, static _ => new LogSamplingCounts());

    private IEnumerable<Measurement<long>> Observe(Func<LogSamplingCounts, StripedCounter> getCounter) => _countsByRule.Select(
        rule => new Measurement<long>(getCounter(rule.Value).Total, new KeyValuePair<string, object?>("shop.log.rule", rule.Key)));
}

/// <summary>The numbers of sampled and dropped log records of one rule.</summary>
internal sealed class LogSamplingCounts
{
    public StripedCounter Sampled { get; } = new();

    public StripedCounter Dropped { get; } = new();
}

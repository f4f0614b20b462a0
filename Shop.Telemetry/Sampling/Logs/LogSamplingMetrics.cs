using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Numerics;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>What became of the lines, by the rule that decided. Lines that no rule decides about are not counted: all of them are there.</summary>
internal sealed class LogSamplingMetrics
{
    public const string MeterName = "Shop.Telemetry.LogSampling";

    private readonly ConcurrentDictionary<string, LogSamplingCounts> _byRule = new(StringComparer.Ordinal);

    public LogSamplingMetrics(IMeterFactory meters, Func<double> rate)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableCounter("shop.log.sampled", () => Read(tally => tally.Kept), "{line}", "Log lines that a sampling rule let through.");
        meter.CreateObservableCounter("shop.log.dropped", () => Read(tally => tally.Dropped), "{line}", "Log lines that a sampling rule dropped.");
        meter.CreateObservableGauge("shop.log.probability", rate, "1", "The share that is kept of the lines which follow throughput.");
    }

    public LogSamplingCounts Of(string rule) => _byRule.GetOrAdd(rule, static _ => new LogSamplingCounts());

    private IEnumerable<Measurement<long>> Read(Func<LogSamplingCounts, StripedCounter> count) =>
        _byRule.Select(rule => new Measurement<long>(count(rule.Value).Total, new KeyValuePair<string, object?>("shop.log.rule", rule.Key)));
}

internal sealed class LogSamplingCounts
{
    public StripedCounter Kept { get; } = new();

    public StripedCounter Dropped { get; } = new();
}

/// <summary>Counts from many threads at once, each processor in a cell of its own, so that counting costs no more on many of them.</summary>
internal sealed class StripedCounter
{
    private const int CacheLine = 64 / sizeof(long);

    private static readonly int _cells = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, 64));

    private readonly long[] _counts = new long[(_cells + 1) * CacheLine];

    public void Add() => Interlocked.Increment(ref _counts[((Thread.GetCurrentProcessorId() & (_cells - 1)) + 1) * CacheLine]);

    public long Total
    {
        get
        {
            var total = 0L;
            for (var cell = 1; cell <= _cells; cell++)
                total += Volatile.Read(ref _counts[cell * CacheLine]);
            return total;
        }
    }
}

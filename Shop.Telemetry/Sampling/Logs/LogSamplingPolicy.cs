using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>The options, ready to be asked for every line.</summary>
internal sealed class LogSamplingPolicy : IDisposable
{
    private readonly LogSamplingOptions _options;
    private readonly AdaptiveLogProbability _throughput;
    private readonly (LogSamplingRuleOptions Options, LogSamplingRule Rule)[] _rules;
    private readonly LogSamplingRule _byThroughput;

    public LogSamplingPolicy(LogSamplingOptions options, LogSamplingMetrics tallies, TimeProvider time)
    {
        _options = options;
        _throughput = new AdaptiveLogProbability(options.TargetPerSecond, options.MinProbability, time);
        _byThroughput = new LogSamplingRule(tallies.Of("throughput"), null, _throughput);
        _rules =
        [
            .. from rule in options.Rules
               orderby rule.Key
               let rate = rule.Value.Probability is { } share ? SamplingThreshold.FromProbability(share) : (SamplingThreshold?)null
               select (rule.Value, new LogSamplingRule(tallies.Of(rule.Key.ToLowerInvariant()), rate, _throughput)),
        ];
    }

    /// <summary>The share that is kept now of the lines that follow throughput.</summary>
    public double Share => _throughput.Share;

    /// <summary>For each level, what decides about lines of this category; null where all of them are kept.</summary>
    public LogSamplingRule?[] For(string category)
    {
        var byLevel = new LogSamplingRule?[(int)LogLevel.None + 1];
        // A sampled journey is no journey.
        if (_options.Enabled && category != JourneyEvents.Category)
        {
            for (var level = LogLevel.Trace; level < _options.AlwaysKeepLevel; level++)
                byLevel[(int)level] = For(category, level);
        }

        return byLevel;
    }

    /// <summary>What becomes of a line that is written here and now, and the rate at which it had its chance.</summary>
    public LogSamplingDecision ShouldSample(LogSamplingRule rule, out SamplingThreshold rate)
    {
        if (_options.AlwaysSampleCriticalRoutes && JourneyContext.Current.CriticalRoute is not null)
        {
            rate = default;
            return LogSamplingDecision.KeptAnyway;
        }

        var activity = Activity.Current;
        rate = rule.Rate;
        if (_options.AlwaysKeepSampledTraces && activity is { Recorded: true })
        {
            // Traces are chosen by the same number, so a line had its chance at the higher one of both rates.
            if (!OtelTraceState.TryGetThreshold(activity.TraceStateString, out var ofTrace) || ofTrace.Value < rate.Value)
                rate = ofTrace;
            return LogSamplingDecision.KeptAnyway;
        }

        var randomness = activity is null ? RandomnessOfNow() : OtelTraceState.Randomness(activity.TraceId, activity.TraceStateString);
        return rate.Keeps(randomness) ? LogSamplingDecision.Kept : LogSamplingDecision.Dropped;
    }

    public void Dispose() => _throughput.Dispose();

    // Outside of traces, what a thread writes within the same few milliseconds is kept or dropped together. So a guard
    // (IsEnabled) and the line behind it agree, and there is nothing to remember between the two.
    private static ulong RandomnessOfNow()
    {
        var mixed = (ulong)Environment.TickCount64 * 0x9E3779B97F4A7C15 + (ulong)Environment.CurrentManagedThreadId * 0xD1B54A32D192ED03;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (mixed ^ (mixed >> 31)) >> 8;
    }

    private LogSamplingRule For(string category, LogLevel level)
    {
        foreach (var (options, rule) in _rules)
        {
            if (level <= options.Level && (options.Category is null || category.StartsWith(options.Category, StringComparison.OrdinalIgnoreCase)))
                return rule;
        }

        return _byThroughput;
    }
}

/// <summary>Decides about lines of some categories and levels, and counts what it did.</summary>
internal sealed class LogSamplingRule(LogSamplingCounts tally, SamplingThreshold? fixedRate, AdaptiveLogProbability throughput)
{
    public SamplingThreshold Rate => fixedRate ?? throughput.Current;

    public void Count(LogSamplingDecision verdict)
    {
        (verdict is LogSamplingDecision.Dropped ? tally.Dropped : tally.Kept).Add();
        if (fixedRate is null && verdict is not LogSamplingDecision.KeptAnyway)
            throughput.Saw(kept: verdict is LogSamplingDecision.Kept);
    }
}

internal enum LogSamplingDecision
{
    Dropped,

    /// <summary>By chance.</summary>
    Kept,

    /// <summary>For the sake of its trace or its node.</summary>
    KeptAnyway,
}

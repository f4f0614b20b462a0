using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Shop.ServiceDefaults.Events;
using Shop.ServiceDefaults.Journeys;
using Shop.ServiceDefaults.Probability;

namespace Shop.ServiceDefaults.LogSampling;

/// <summary>The options, ready to be asked for every line.</summary>
internal sealed class LogRules : IDisposable
{
    private readonly LogSamplingOptions _options;
    private readonly ThroughputRate _throughput;
    private readonly (LogSamplingRule Options, LogRule Rule)[] _rules;
    private readonly LogRule _byThroughput;

    public LogRules(LogSamplingOptions options, LogTallies tallies, TimeProvider time)
    {
        _options = options;
        _throughput = new ThroughputRate(options.TargetPerSecond, options.Floor, time);
        _byThroughput = new LogRule(tallies.Of("throughput"), null, _throughput);
        _rules =
        [
            .. from rule in options.Rules
               orderby rule.Key
               let rate = rule.Value.Probability is { } share ? Threshold.OfRatio(share) : (Threshold?)null
               select (rule.Value, new LogRule(tallies.Of(rule.Key.ToLowerInvariant()), rate, _throughput)),
        ];
    }

    /// <summary>The share that is kept now of the lines that follow throughput.</summary>
    public double Share => _throughput.Share;

    /// <summary>For each level, what decides about lines of this category; null where all of them are kept.</summary>
    public LogRule?[] For(string category)
    {
        var byLevel = new LogRule?[(int)LogLevel.None + 1];
        // A sampled journey is no journey.
        if (_options.Enabled && category != JourneyEvents.Category)
        {
            for (var level = LogLevel.Trace; level < _options.KeepFrom; level++)
                byLevel[(int)level] = For(category, level);
        }

        return byLevel;
    }

    /// <summary>What becomes of a line that is written here and now, and the rate at which it had its chance.</summary>
    public LogVerdict Judge(LogRule rule, out Threshold rate)
    {
        if (_options.KeepKeyNodes && JourneyContext.Current.NodeClass is not null)
        {
            rate = default;
            return LogVerdict.KeptAnyway;
        }

        var activity = Activity.Current;
        rate = rule.Rate;
        if (_options.KeepRecordedTraces && activity is { Recorded: true })
        {
            // Traces are chosen by the same number, so a line had its chance at the higher one of both rates.
            if (!OtTraceState.TryGetThreshold(activity.TraceStateString, out var ofTrace) || ofTrace.Value < rate.Value)
                rate = ofTrace;
            return LogVerdict.KeptAnyway;
        }

        var randomness = activity is null ? RandomnessOfNow() : OtTraceState.Randomness(activity.TraceId, activity.TraceStateString);
        return rate.Keeps(randomness) ? LogVerdict.Kept : LogVerdict.Dropped;
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

    private LogRule For(string category, LogLevel level)
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
internal sealed class LogRule(LogTally tally, Threshold? fixedRate, ThroughputRate throughput)
{
    public Threshold Rate => fixedRate ?? throughput.Current;

    public void Count(LogVerdict verdict)
    {
        (verdict is LogVerdict.Dropped ? tally.Dropped : tally.Kept).Add();
        if (fixedRate is null && verdict is not LogVerdict.KeptAnyway)
            throughput.Saw(kept: verdict is LogVerdict.Kept);
    }
}

internal enum LogVerdict
{
    Dropped,

    /// <summary>By chance.</summary>
    Kept,

    /// <summary>For the sake of its trace or its node.</summary>
    KeptAnyway,
}

using System.Collections.Frozen;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Shop.ServiceDefaults.Events;
using Shop.ServiceDefaults.Journeys;

namespace Shop.ServiceDefaults.LogSampling;

/// <summary>The options, ready to be asked for every line.</summary>
internal sealed class LogRules : IDisposable
{
    private readonly LogSamplingOptions _options;
    private readonly FrozenSet<string> _keptNodes;
    private readonly AdaptiveRate _adaptive;
    private readonly (LogSamplingRule Options, LogRule Rule)[] _rules;
    private readonly LogRule _byThroughput;

    public LogRules(LogSamplingOptions options, LogTallies tallies, TimeProvider time)
    {
        _options = options;
        _keptNodes = options.KeepNodes.ToFrozenSet(StringComparer.Ordinal);
        _adaptive = new AdaptiveRate(options.TargetPerSecond, options.Floor, time);
        _byThroughput = new LogRule(tallies.Of("throughput"), null, _adaptive);
        _rules = [.. options.Rules.Select(rule => (rule, new LogRule(tallies.Of(rule.Name), rule.Probability is { } share ? new SampleRate(share) : null, _adaptive)))];
    }

    /// <summary>What the lines that follow throughput are sampled at now.</summary>
    public SampleRate Rate => _adaptive.Current;

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

    /// <summary>Whether a line is kept that is written here and now, and the rate at which it had its chance.</summary>
    public bool Keeps(LogRule rule, out SampleRate rate)
    {
        if (_keptNodes.Count > 0 && JourneyContext.Current.NodeClass is { } node && _keptNodes.Contains(node))
        {
            rate = SampleRate.All;
            rule.KeptAnyway();
            return true;
        }

        var activity = Activity.Current;
        rate = rule.Rate;
        if (_options.KeepRecordedTraces && activity is { Recorded: true })
        {
            // Spans are chosen by the same number of the same trace, so of the two rates the higher one is right.
            rate = rate.OrHigher(SampleRate.ShareOf(activity));
            rule.KeptAnyway();
            return true;
        }

        var kept = rate.Keeps(activity is null ? RandomnessOfNow() : SampleRate.RandomnessOf(activity));
        rule.Saw(kept);
        return kept;
    }

    public void Dispose() => _adaptive.Dispose();

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

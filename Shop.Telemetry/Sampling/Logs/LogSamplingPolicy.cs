using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>A compiled form of <see cref="LogSamplingOptions"/> for the hot path.</summary>
internal sealed class LogSamplingPolicy : IDisposable
{
    private readonly LogSamplingOptions _options;
    private readonly AdaptiveLogProbability _adaptiveProbability;
    private readonly (LogSamplingRuleOptions Options, LogSamplingRule Rule)[] _rules;
    private readonly LogSamplingRule _defaultRule;

    public LogSamplingPolicy(LogSamplingOptions options, LogSamplingMetrics metrics, TimeProvider time)
    {
        _options = options;
        _adaptiveProbability = new AdaptiveLogProbability(options.TargetPerSecond, options.MinProbability, time);
        _defaultRule = new LogSamplingRule(metrics.GetCounts(LogSamplingRule.DefaultName), null, _adaptiveProbability);
        _rules =
        [
            .. from rule in options.Rules
               orderby rule.Key
               let threshold = rule.Value.Probability is { } probability
                   ? SamplingThreshold.FromProbability(probability)
                   : (SamplingThreshold?)null
               select (
                   rule.Value,
                   new LogSamplingRule(metrics.GetCounts(rule.Key.ToLowerInvariant()), threshold, _adaptiveProbability)),
        ];
    }

    /// <summary>The current adaptive probability.</summary>
    public double Probability => _adaptiveProbability.Probability;

    /// <summary>
    /// Returns the rule of each level for a category, indexed by <see cref="LogLevel"/>. The rule is null where every log record is
    /// written.
    /// </summary>
    public LogSamplingRule?[] GetRules(string category)
    {
        var rulesByLevel = new LogSamplingRule?[(int)LogLevel.None + 1];
        // Journey events are never sampled: business figures are counted from them.
        if (_options.Enabled && category != JourneyEvents.Category)
        {
            for (var level = LogLevel.Trace; level < _options.AlwaysKeepLevel; level++)
            {
                rulesByLevel[(int)level] = FindRule(category, level);
            }
        }

        return rulesByLevel;
    }

    /// <summary>Decides about a log record that is written now, in the current trace and journey.</summary>
    /// <param name="rule">The rule of the record's category and level.</param>
    /// <param name="threshold">The threshold that the record was sampled with, from which its adjusted count follows.</param>
    public LogSamplingDecision ShouldSample(LogSamplingRule rule, out SamplingThreshold threshold)
    {
        if (_options.AlwaysSampleCriticalRoutes && JourneyContext.Current.CriticalRoute is not null)
        {
            threshold = default;
            return LogSamplingDecision.AlwaysSampled;
        }

        var activity = Activity.Current;
        threshold = rule.Threshold;
        if (_options.AlwaysKeepSampledTraces && activity is { Recorded: true })
        {
            // The trace was sampled by the same random bits. The record would have been written if either decision had been positive,
            // so the lower of the two thresholds applies, which is the higher probability.
            if (!OtelTraceState.TryGetThreshold(activity.TraceStateString, out var traceThreshold)
                || traceThreshold.Value < threshold.Value)
            {
                threshold = traceThreshold;
            }

            return LogSamplingDecision.AlwaysSampled;
        }

        var randomness = activity is null
            ? GetRandomnessOutsideTraces()
            : OtelTraceState.GetRandomness(activity.TraceId, activity.TraceStateString);
        return threshold.ShouldSample(randomness) ? LogSamplingDecision.Sampled : LogSamplingDecision.Dropped;
    }

    /// <inheritdoc/>
    public void Dispose() => _adaptiveProbability.Dispose();

    // Outside of traces the decision depends on the thread and the time. The tick count changes every few milliseconds, so an IsEnabled
    // guard and the log call after it get the same decision without state between them. The mixing is the finalizer of SplitMix64.
    private static ulong GetRandomnessOutsideTraces()
    {
        var mixed = (ulong)Environment.TickCount64 * 0x9E3779B97F4A7C15 + (ulong)Environment.CurrentManagedThreadId * 0xD1B54A32D192ED03;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (mixed ^ (mixed >> 31)) >> 8;
    }

    private LogSamplingRule FindRule(string category, LogLevel level)
    {
        foreach (var (options, rule) in _rules)
        {
            if (level <= options.Level
                && (options.Category is null || category.StartsWith(options.Category, StringComparison.OrdinalIgnoreCase)))
            {
                return rule;
            }
        }

        return _defaultRule;
    }
}

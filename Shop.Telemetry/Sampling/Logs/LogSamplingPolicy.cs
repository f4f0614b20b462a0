using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>A compiled form of <see cref="LogSamplingOptions"/> for the hot path.</summary>
internal sealed class LogSamplingPolicy : IDisposable
{
    [ThreadStatic]
    private static (LogSamplingRule Rule, string Category, ulong Randomness)? _guard;

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
        // Business figures are counted from journey events, and an audit record may be the only trace of a change.
        if (_options.Enabled && category is not (JourneyEvents.Category or AuditLog.Category))
        {
            for (var level = LogLevel.Trace; level < LogLevel.Warning; level++)
            {
                rulesByLevel[(int)level] = FindRule(category, level);
            }
        }

        return rulesByLevel;
    }

    /// <summary>Decides about a log record that is written now, in the current trace and journey.</summary>
    /// <param name="rule">The rule of the record's category and level.</param>
    /// <param name="category">The category of the record.</param>
    /// <param name="threshold">The threshold that the record was sampled with, from which its adjusted count follows.</param>
    /// <param name="isGuard">Whether this is a call of <c>IsEnabled</c>, which the call that logs the record may follow.</param>
    public LogSamplingDecision ShouldSample(
        LogSamplingRule rule, string category, out SamplingThreshold threshold, bool isGuard = false)
    {
        if (_options.AlwaysSampleCriticalRoutes && JourneyContext.Current.CriticalRoute is not null)
        {
            threshold = default;
            return LogSamplingDecision.AlwaysSampled;
        }

        threshold = rule.Threshold;
        if (Activity.Current is not { } activity)
        {
            return ShouldSampleOutsideTraces(rule, category, threshold, isGuard)
                ? LogSamplingDecision.Sampled
                : LogSamplingDecision.Dropped;
        }

        var isSampled = threshold.ShouldSample(OtelTraceState.GetRandomness(activity.TraceId, activity.TraceStateString));
        if (!_options.AlwaysKeepSampledTraces || !activity.Recorded)
        {
            return isSampled ? LogSamplingDecision.Sampled : LogSamplingDecision.Dropped;
        }

        if (OtelTraceState.TryGetThreshold(activity.TraceStateString, out var traceThreshold))
        {
            // The trace was sampled by the same random bits. The record would have been written if either decision had been positive,
            // so the lower of the two thresholds applies, which is the higher probability.
            threshold = traceThreshold.Value < threshold.Value ? traceThreshold : threshold;
        }
        else if (!isSampled)
        {
            // The probability of the trace is unknown, or it was sampled because it failed. The records that are sampled by themselves
            // represent this one, so its adjusted count is 0.
            threshold = SamplingThreshold.FromProbability(0);
        }

        return LogSamplingDecision.AlwaysSampled;
    }

    /// <inheritdoc/>
    public void Dispose() => _adaptiveProbability.Dispose();

    // A guard and the log call after it are separate calls on the same thread, and both decide. The log call uses the random number of the
    // guard, so that they agree. A record of another rule or category does not belong to the guard.
    private static bool ShouldSampleOutsideTraces(LogSamplingRule rule, string category, SamplingThreshold threshold, bool isGuard)
    {
        var randomness = _guard is { } guard && guard.Rule == rule && guard.Category == category
            ? guard.Randomness
            : (ulong)Random.Shared.NextInt64(1L << 56);
        var isSampled = threshold.ShouldSample(randomness);
        _guard = isGuard && isSampled ? (rule, category, randomness) : null;
        return isSampled;
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

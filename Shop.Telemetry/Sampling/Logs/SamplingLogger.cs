using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>
/// Samples log records in front of all providers. <see cref="IsEnabled"/> already returns false for a record that would be dropped:
/// generated log methods call it before they evaluate their arguments, so a dropped record costs a decision and no allocation.
/// </summary>
internal sealed class SamplingLogger(ILogger inner, string category, LogSamplingPolicyProvider policyProvider) : ILogger
{
    private CategoryRules _categoryRules = CategoryRules.Create(policyProvider.Current, category);

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel)
    {
        if (!inner.IsEnabled(logLevel))
        {
            return false;
        }

        if (GetRule(logLevel, out var policy) is not { } rule
            || policy.ShouldSample(rule, category, out _, isGuard: true) is not LogSamplingDecision.Dropped)
        {
            return true;
        }

        // Counted here because the caller does not call Log. A sampled record is counted in Log.
        rule.RecordDecision(LogSamplingDecision.Dropped);
        return false;
    }

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!inner.IsEnabled(logLevel))
        {
            return;
        }

        SamplingThreshold threshold = default;
        if (GetRule(logLevel, out var policy) is { } rule)
        {
            var decision = policy.ShouldSample(rule, category, out threshold);
            rule.RecordDecision(decision);
            if (decision is LogSamplingDecision.Dropped)
            {
                return;
            }
        }

        CurrentLogRecord.SamplingThreshold = threshold;
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        finally
        {
            CurrentLogRecord.SamplingThreshold = default;
        }
    }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

    private LogSamplingRule? GetRule(LogLevel level, out LogSamplingPolicy policy)
    {
        policy = policyProvider.Current;
        var categoryRules = _categoryRules;
        if (!ReferenceEquals(categoryRules.Policy, policy))
        {
            _categoryRules = categoryRules = CategoryRules.Create(policy, category);
        }

        return categoryRules.RulesByLevel[(int)level];
    }

    // The rules of this logger's category, cached until the policy changes.
    private sealed record CategoryRules(LogSamplingPolicy Policy, LogSamplingRule?[] RulesByLevel)
    {
        public static CategoryRules Create(LogSamplingPolicy policy, string category) => new(policy, policy.GetRules(category));
    }
}

using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>
/// Stands before all providers, and says already to IsEnabled that a line is not wanted. Generated log methods ask before they
/// touch their arguments, so what is dropped costs a decision, and no allocation.
/// </summary>
internal sealed class SamplingLogger(ILogger inner, string category, LogSampler sampler) : ILogger
{
    private Gate _gate = Gate.Of(sampler.Rules, category);

    public bool IsEnabled(LogLevel logLevel)
    {
        if (!inner.IsEnabled(logLevel))
            return false;
        if (RuleFor(logLevel, out var rules) is not { } rule || rules.ShouldSample(rule, out _) is not LogSamplingDecision.Dropped)
            return true;

        // It is not asked again; what is kept comes along once more, to be written.
        rule.Count(LogSamplingDecision.Dropped);
        return false;
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!inner.IsEnabled(logLevel))
            return;

        SamplingThreshold rate = default;
        if (RuleFor(logLevel, out var rules) is { } rule)
        {
            var verdict = rules.ShouldSample(rule, out rate);
            rule.Count(verdict);
            if (verdict is LogSamplingDecision.Dropped)
                return;
        }

        // Providers format on this thread before they return.
        CurrentLogRecord.Current = rate;
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        finally
        {
            CurrentLogRecord.Current = default;
        }
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

    private LogSamplingRule? RuleFor(LogLevel level, out LogSamplingPolicy rules)
    {
        rules = sampler.Rules;
        var gate = _gate;
        if (!ReferenceEquals(gate.Rules, rules))
            _gate = gate = Gate.Of(rules, category);
        return gate.ByLevel[(int)level];
    }

    private sealed record Gate(LogSamplingPolicy Rules, LogSamplingRule?[] ByLevel)
    {
        public static Gate Of(LogSamplingPolicy rules, string category) => new(rules, rules.For(category));
    }
}

/// <summary>The rate at which the line was kept that this thread is writing.</summary>
internal static class CurrentLogRecord
{
    [ThreadStatic]
    private static SamplingThreshold _current;

    public static SamplingThreshold Current
    {
        get => _current;
        set => _current = value;
    }
}

internal sealed class SamplingLoggerFactory(ILoggerFactory inner, LogSampler sampler) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new SamplingLogger(inner.CreateLogger(categoryName), categoryName, sampler);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
        sampler.Dispose();
        inner.Dispose();
    }
}

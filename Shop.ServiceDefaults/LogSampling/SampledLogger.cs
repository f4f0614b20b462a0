using Microsoft.Extensions.Logging;
using Shop.ServiceDefaults.Probability;

namespace Shop.ServiceDefaults.LogSampling;

/// <summary>
/// Stands before all providers, and says already to IsEnabled that a line is not wanted. Generated log methods ask before they
/// touch their arguments, so what is dropped costs a decision, and no allocation.
/// </summary>
internal sealed class SampledLogger(ILogger inner, string category, LogSampler sampler) : ILogger
{
    private Gate _gate = Gate.Of(sampler.Rules, category);

    public bool IsEnabled(LogLevel logLevel)
    {
        if (!inner.IsEnabled(logLevel))
            return false;
        if (RuleFor(logLevel, out var rules) is not { } rule || rules.Judge(rule, out _) is not LogVerdict.Dropped)
            return true;

        // It is not asked again; what is kept comes along once more, to be written.
        rule.Count(LogVerdict.Dropped);
        return false;
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!inner.IsEnabled(logLevel))
            return;

        Threshold rate = default;
        if (RuleFor(logLevel, out var rules) is { } rule)
        {
            var verdict = rules.Judge(rule, out rate);
            rule.Count(verdict);
            if (verdict is LogVerdict.Dropped)
                return;
        }

        // Providers format on this thread before they return.
        LineRate.Current = rate;
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        finally
        {
            LineRate.Current = default;
        }
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

    private LogRule? RuleFor(LogLevel level, out LogRules rules)
    {
        rules = sampler.Rules;
        var gate = _gate;
        if (!ReferenceEquals(gate.Rules, rules))
            _gate = gate = Gate.Of(rules, category);
        return gate.ByLevel[(int)level];
    }

    private sealed record Gate(LogRules Rules, LogRule?[] ByLevel)
    {
        public static Gate Of(LogRules rules, string category) => new(rules, rules.For(category));
    }
}

/// <summary>The rate at which the line was kept that this thread is writing.</summary>
internal static class LineRate
{
    [ThreadStatic]
    private static Threshold _current;

    public static Threshold Current
    {
        get => _current;
        set => _current = value;
    }
}

internal sealed class SampledLoggerFactory(ILoggerFactory inner, LogSampler sampler) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new SampledLogger(inner.CreateLogger(categoryName), categoryName, sampler);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
        sampler.Dispose();
        inner.Dispose();
    }
}

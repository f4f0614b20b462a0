using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>Wraps the loggers of another factory in a <see cref="SamplingLogger"/>.</summary>
internal sealed class SamplingLoggerFactory(
    ILoggerFactory inner, LogSamplingPolicyProvider policyProvider, Action onDispose) : ILoggerFactory
{
    // ASP.NET Core creates a logger for each result of an endpoint.
    private readonly ConcurrentDictionary<string, SamplingLogger> _loggers = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => _loggers.TryGetValue(categoryName, out var logger)
        ? logger
        : _loggers.GetOrAdd(categoryName, new SamplingLogger(inner.CreateLogger(categoryName), categoryName, policyProvider));

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    /// <inheritdoc/>
    public void Dispose()
    {
        onDispose();
        policyProvider.Dispose();
        inner.Dispose();
    }
}

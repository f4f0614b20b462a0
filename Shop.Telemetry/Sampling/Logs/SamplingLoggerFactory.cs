using Microsoft.Extensions.Logging;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>Wraps the loggers of another factory in a <see cref="SamplingLogger"/>.</summary>
internal sealed class SamplingLoggerFactory(
    ILoggerFactory inner, LogSamplingPolicyProvider policyProvider, Action onDispose) : ILoggerFactory
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new SamplingLogger(inner.CreateLogger(categoryName), categoryName, policyProvider);

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

using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>
/// Provides the current <see cref="LogSamplingPolicy"/>. A valid configuration change replaces the policy; the options keep their
/// values after an invalid one.
/// </summary>
internal sealed class LogSamplingPolicyProvider : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly LogSamplingMetrics _metrics;
    private readonly IDisposable? _changeSubscription;
    private LogSamplingOptions _options;
    private volatile LogSamplingPolicy _current;

    /// <param name="options">Signals changes, and keeps the last valid options.</param>
    /// <param name="meters">Creates the meter of the sampling metrics.</param>
    /// <param name="time">Measures the rate of log records.</param>
    /// <param name="log">Logs configuration changes, without sampling.</param>
    public LogSamplingPolicyProvider(
        IOptionsMonitor<LogSamplingOptions> options,
        IMeterFactory meters,
        TimeProvider time,
        ILogger<LogSamplingPolicyProvider> log)
    {
        (_options, _time, _log) = (options.CurrentValue, time, log);
        _metrics = new LogSamplingMetrics(meters, () => _current?.Probability ?? 1);
        _current = CreatePolicy();
        _changeSubscription = options.OnChange(OnOptionsChanged);
    }

    public LogSamplingPolicy Current => _current;

    /// <inheritdoc/>
    public void Dispose()
    {
        _changeSubscription?.Dispose();
        _current.Dispose();
    }

    private LogSamplingPolicy CreatePolicy() => new(_options, _metrics, _time);

    private void OnOptionsChanged(LogSamplingOptions options)
    {
        // The monitor also signals changes of other sections and rejected changes, with the same options.
        if (ReferenceEquals(options, _options))
        {
            return;
        }

        _options = options;
        var previous = _current;
        _current = CreatePolicy();
        previous.Dispose();
        _log.ConfigurationChanged();
    }
}

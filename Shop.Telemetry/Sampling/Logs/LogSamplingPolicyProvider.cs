using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
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
    private readonly IConfigurationSection _section;
    private readonly IDisposable? _changeSubscription;
    private LogSamplingOptions _options;
    private string _lastConfiguration;
    private volatile LogSamplingPolicy _current;

    /// <param name="options">Signals changes, and keeps the last valid options.</param>
    /// <param name="configuration">Shows whether the section of log sampling has changed.</param>
    /// <param name="meters">Creates the meter of the sampling metrics.</param>
    /// <param name="time">Measures the rate of log records.</param>
    /// <param name="log">Logs configuration changes, without sampling.</param>
    public LogSamplingPolicyProvider(
        IOptionsMonitor<LogSamplingOptions> options,
        IConfiguration configuration,
        IMeterFactory meters,
        TimeProvider time,
        ILogger<LogSamplingPolicyProvider> log)
    {
        (_options, _time, _log) = (options.CurrentValue, time, log);
        _metrics = new LogSamplingMetrics(meters, () => _current?.Probability ?? 1);
        _section = configuration.GetSection(LogSamplingOptions.Section);
        _lastConfiguration = ReadConfiguration();
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

    private string ReadConfiguration() => string.Join('\n', _section.AsEnumerable());

    private LogSamplingPolicy CreatePolicy() => new(_options, _metrics, _time);

    private void OnOptionsChanged(LogSamplingOptions options)
    {
        // The monitor also signals changes of other sections, and returns the same options after an invalid change.
        var configuration = ReadConfiguration();
        var isRejected = ReferenceEquals(options, _options);
        _options = options;
        if (isRejected || configuration == _lastConfiguration)
        {
            return;
        }

        _lastConfiguration = configuration;
        var previous = _current;
        _current = CreatePolicy();
        previous.Dispose();
        _log.ConfigurationChanged();
    }
}

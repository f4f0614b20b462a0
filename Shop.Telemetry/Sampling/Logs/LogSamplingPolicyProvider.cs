using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>
/// Provides the current <see cref="LogSamplingPolicy"/>. A valid configuration change replaces the policy; an invalid one is logged and
/// ignored.
/// </summary>
internal sealed class LogSamplingPolicyProvider : IDisposable
{
    private readonly IOptionsFactory<LogSamplingOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly LogSamplingMetrics _metrics;
    private readonly IConfigurationSection _section;
    private readonly IDisposable _changeSubscription;
    private string _lastConfiguration;
    private volatile LogSamplingPolicy _current;

    /// <param name="options">
    /// Creates and validates the options at each change. An options monitor does not keep the last valid options when new ones are invalid.
    /// </param>
    /// <param name="configuration">Signals changes.</param>
    /// <param name="meters">Creates the meter of the sampling metrics.</param>
    /// <param name="time">Measures the rate of log records.</param>
    /// <param name="log">Logs configuration changes, without sampling.</param>
    public LogSamplingPolicyProvider(
        IOptionsFactory<LogSamplingOptions> options,
        IConfiguration configuration,
        IMeterFactory meters,
        TimeProvider time,
        ILogger<LogSamplingPolicyProvider> log)
    {
        (_options, _time, _log) = (options, time, log);
        _metrics = new LogSamplingMetrics(meters, () => _current?.Probability ?? 1);
        _section = configuration.GetSection(LogSamplingOptions.Section);
        _lastConfiguration = ReadConfiguration();
        _current = CreatePolicy();
        _changeSubscription = ChangeToken.OnChange(configuration.GetReloadToken, OnConfigurationReloaded);
    }

    public LogSamplingPolicy Current => _current;

    /// <inheritdoc/>
    public void Dispose()
    {
        _changeSubscription.Dispose();
        _current.Dispose();
    }

    private string ReadConfiguration() => string.Join('\n', _section.AsEnumerable());

    private LogSamplingPolicy CreatePolicy() => new(_options.Create(Options.DefaultName), _metrics, _time);

    private void OnConfigurationReloaded()
    {
        // The token also signals changes of other sections.
        var configuration = ReadConfiguration();
        if (configuration == _lastConfiguration)
        {
            return;
        }

        _lastConfiguration = configuration;
        try
        {
            var previous = _current;
            _current = CreatePolicy();
            previous.Dispose();
            _log.ConfigurationChanged();
        }
        catch (OptionsValidationException exception)
        {
            _log.ConfigurationRejected(exception);
        }
    }
}

using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Shop.Telemetry.Sampling.Logs;

/// <summary>Holds the rules that count now, and changes them with the configuration.</summary>
internal sealed class LogSampler : IDisposable
{
    private readonly IOptionsFactory<LogSamplingOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly LogSamplingMetrics _tallies;
    private readonly IConfigurationSection _section;
    private readonly IDisposable _changes;
    private string _asRead;
    private volatile LogSamplingPolicy _rules;

    /// <param name="options">Read and validated anew at each change. A monitor would forget the last good ones when the new ones are wrong.</param>
    /// <param name="configuration">Says when it has changed.</param>
    /// <param name="meters">For the counts of what was dropped.</param>
    /// <param name="time">Measures throughput.</param>
    /// <param name="log">Not sampled.</param>
    public LogSampler(IOptionsFactory<LogSamplingOptions> options, IConfiguration configuration, IMeterFactory meters, TimeProvider time, ILogger<LogSampler> log)
    {
        (_options, _time, _log) = (options, time, log);
        _tallies = new LogSamplingMetrics(meters, () => _rules?.Share ?? 1);
        _section = configuration.GetSection(LogSamplingOptions.Section);
        _asRead = Raw();
        _rules = Read();
        _changes = ChangeToken.OnChange(configuration.GetReloadToken, Reread);
    }

    public LogSamplingPolicy Rules => _rules;

    public void Dispose()
    {
        _changes.Dispose();
        _rules.Dispose();
    }

    private string Raw() => string.Join('\n', _section.AsEnumerable());

    private LogSamplingPolicy Read() => new(_options.Create(Options.DefaultName), _tallies, _time);

    private void Reread()
    {
        // Any change of any configuration comes along here.
        var raw = Raw();
        if (raw == _asRead)
            return;

        _asRead = raw;
        try
        {
            var before = _rules;
            _rules = Read();
            before.Dispose();
            _log.SamplingChanged();
        }
        catch (OptionsValidationException refused)
        {
            _log.SamplingRefused(refused);
        }
    }
}

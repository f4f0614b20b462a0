using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Shop.Telemetry.Sampling;

namespace Shop.Tests.Support;

/// <summary>Sums the measurements of the sampling metrics of one test, by instrument and attribute values.</summary>
internal sealed class SamplingMetricsCollector : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _sums = [];

    public SamplingMetricsCollector()
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        Metrics = new SamplingMetrics(meters);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == meters)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var key = $"{instrument.Name}|{string.Join('|', tags.ToArray().Select(tag => tag.Value))}";
            lock (_sums)
            {
                _sums[key] = _sums.GetValueOrDefault(key) + value;
            }
        });
        _listener.Start();
    }

    public SamplingMetrics Metrics { get; }

    /// <summary>The sum of an instrument for some attribute values: <c>shop.sampling.traces|default|True</c>.</summary>
    public long this[string key]
    {
        get
        {
            lock (_sums)
            {
                return _sums.GetValueOrDefault(key);
            }
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }
}

using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Telemetry.Sampling;

namespace Shop.Tests.Support;

/// <summary>Settings that a test can change while somebody reads them.</summary>
internal sealed class Settings<T>(T value) : IOptionsMonitor<T>
{
    private Action<T, string?>? _changed;

    public T CurrentValue { get; private set; } = value;

    public T Get(string? name) => CurrentValue;

    public IDisposable? OnChange(Action<T, string?> listener)
    {
        _changed += listener;
        return null;
    }

    public void Change(T value)
    {
        CurrentValue = value;
        _changed?.Invoke(value, null);
    }
}

/// <summary>Sums of what the sampling metrics of one test have counted, by tag value.</summary>
internal sealed class Counted : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _sums = [];

    public Counted()
    {
        Metrics = new SamplingMetrics(_services.GetRequiredService<IMeterFactory>());
        var meters = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == meters)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var key = $"{instrument.Name}|{string.Join('|', tags.ToArray().Select(tag => tag.Value))}";
            lock (_sums)
                _sums[key] = _sums.GetValueOrDefault(key) + value;
        });
        _listener.Start();
    }

    public SamplingMetrics Metrics { get; }

    public long this[string key]
    {
        get
        {
            lock (_sums)
                return _sums.GetValueOrDefault(key);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }
}

/// <summary>Keeps the spans that were exported.</summary>
internal sealed class Exported : BaseExporter<Activity>
{
    private readonly List<Activity> _spans = [];

    public IReadOnlyList<Activity> Spans
    {
        get
        {
            lock (_spans)
                return [.. _spans];
        }
    }

    public override ExportResult Export(in Batch<Activity> batch)
    {
        lock (_spans)
        {
            foreach (var span in batch)
                _spans.Add(span);
        }

        return ExportResult.Success;
    }
}

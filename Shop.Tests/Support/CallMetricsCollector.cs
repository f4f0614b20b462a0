using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Shop.Insights.Spans.Calls;

namespace Shop.Tests.Support;

/// <summary>Counts the measurements of the metrics of calls of one process, by instrument and attribute values.</summary>
internal sealed class CallMetricsCollector : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly List<string> _measurements = [];

    public CallMetricsCollector()
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        Metrics = new(meters, new HostingEnvironment { ApplicationName = "Shop.Test" });
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == meters)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    public CallMetrics Metrics { get; }

    /// <summary>The measurements that are not 0, sorted: <c>request_total cart > redis (database) 1</c>.</summary>
    public IReadOnlyList<string> Measurements => [.. _measurements.Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (value != 0)
        {
            var labels = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value);
            var call = labels.Count == 0 ? "" : $" {labels["client"]} > {labels["server"]} ({labels["connection_type"]})";
            var name = instrument.Name["traces_service_graph_".Length..];
            _measurements.Add(string.Create(CultureInfo.InvariantCulture, $"{name}{call} {value:0.###}"));
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.Messaging.JourneyEvents;
using Shop.Tests.Support;

namespace Shop.Tests.Unit.Messaging.JourneyEvents;

/// <summary>What publishes the journey events of one process, with a broker that a test controls.</summary>
internal sealed class JourneyEventProcess : IAsyncDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _counts = [];
    private readonly JourneyEventSpill _spill;
    private readonly JourneyEventExporter _exporter;
    private readonly JourneyEventPublisher _publisher;

    public JourneyEventProcess(TestBroker broker, string spillPath, JourneyEventOptions? options = null, TimeProvider? time = null)
    {
        options ??= new() { BatchDelay = TimeSpan.FromMilliseconds(1) };
        options.SpillPath = spillPath;
        time ??= TimeProvider.System;
        var meters = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == meters && instrument is Counter<long>)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
            _counts.AddOrUpdate(instrument.Name["shop.journey_events.".Length..], value, (_, sum) => sum + value));
        _listener.Start();

        var host = new HostingEnvironment { ApplicationName = "Shop.Test" };
        var metrics = new JourneyEventMetrics(meters, host);
        Queue = new(Options.Create(options), metrics, time);
        var loggers = new LoggerFactory([Log]);
        _spill = new(Options.Create(options), host, time, loggers.CreateLogger<JourneyEventSpill>());
        var backlog = new JourneyEventBacklog(Queue, _spill, metrics, time, loggers.CreateLogger<JourneyEventBacklog>());
        _exporter = new(
            new("test", "instance-1", time),
            Queue,
            backlog,
            Options.Create(options),
            metrics,
            time,
            loggers.CreateLogger<JourneyEventExporter>());
        _publisher = new(Queue, backlog, broker, metrics, time, loggers.CreateLogger<JourneyEventPublisher>());
    }

    public JourneyEventQueue Queue { get; }

    public RecordedLog Log { get; } = new();

    /// <summary>The sum of a counter: <c>published</c>, <c>retried</c>, <c>spilled</c>, <c>replayed</c> or <c>lost</c>.</summary>
    public long this[string counter] => _counts.GetValueOrDefault(counter);

    public async Task<JourneyEventProcess> StartAsync()
    {
        await _publisher.StartAsync(default);
        return this;
    }

    /// <summary>Emits events whose names are these numbers.</summary>
    public void Emit(params IEnumerable<int> numbers)
    {
        foreach (var number in numbers)
        {
            _exporter.Export(number.ToString(CultureInfo.InvariantCulture), 1, null, []);
        }
    }

    /// <summary>Stops as the host does. A canceled token means that no time is left.</summary>
    public Task StopAsync(CancellationToken cancellationToken = default) => _publisher.StoppedAsync(cancellationToken);

    /// <summary>
    /// Ends as a killed process does: its files stay as they are, without a lock. The events in memory are not published.
    /// </summary>
    public void Kill() => _spill.Dispose();

    public async ValueTask DisposeAsync()
    {
        await _publisher.DisposeAsync();
        _spill.Dispose();
        _listener.Dispose();
        await _services.DisposeAsync();
    }

    /// <summary>A broker that is up, down, or does not respond.</summary>
    public sealed class TestBroker : IJourneyEventTransport
    {
        private readonly Lock _lock = new();
        private readonly List<JourneyEventRecord[]> _messages = [];

        /// <summary>Whether batches are confirmed, refused, or neither.</summary>
        public BrokerState State { get; set; }

        /// <summary>How many batches the broker takes without its confirmation arriving.</summary>
        public int UnconfirmedBatches { get; set; }

        public IReadOnlyList<JourneyEventRecord[]> Messages
        {
            get
            {
                lock (_lock)
                {
                    return [.. _messages];
                }
            }
        }

        /// <summary>The numbers of <see cref="Emit"/> in the order of their arrival, without duplicates.</summary>
        public IReadOnlyList<int> Numbers =>
            [.. Messages.SelectMany(message => message).DistinctBy(item => item.EventId)
                .Select(item => int.Parse(item.EventName, CultureInfo.InvariantCulture))];

        public async Task PublishAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
        {
            await Task.Yield();
            switch (State)
            {
                case BrokerState.Down:
                    throw new IOException("Connection refused");
                case BrokerState.Hanging:
                    // The time in which a broker has to confirm a message ends.
                    await Task.Delay(TimeSpan.FromSeconds(2), cancellationToken);
                    throw new TimeoutException("No confirmation");
            }

            lock (_lock)
            {
                _messages.Add(JsonSerializer.Deserialize<JourneyEventRecord[]>(body.Span, JsonSerializerOptions.Web)!);
                if (UnconfirmedBatches-- > 0)
                {
                    throw new TimeoutException("No confirmation");
                }
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>What a <see cref="JourneyEventProcess.TestBroker"/> does with a batch.</summary>
public enum BrokerState
{
    /// <summary>The broker confirms it.</summary>
    Up,

    /// <summary>The connection fails at once.</summary>
    Down,

    /// <summary>The broker does not respond.</summary>
    Hanging,
}

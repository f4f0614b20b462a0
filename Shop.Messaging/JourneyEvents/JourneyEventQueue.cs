using System.Threading.Channels;
using Microsoft.Extensions.Options;

namespace Shop.Messaging.JourneyEvents;

/// <summary>The bounded queue of serialized events between the code that emits them and the <see cref="JourneyEventPublisher"/>.</summary>
internal sealed class JourneyEventQueue
{
    private static readonly TimeSpan _pollInterval = TimeSpan.FromMilliseconds(10);

    private readonly Channel<byte[]> _events;
    private readonly JourneyEventOptions _options;
    private readonly TimeProvider _time;
    private volatile bool _isComplete;

    public JourneyEventQueue(IOptions<JourneyEventOptions> options, JourneyEventMetrics metrics, TimeProvider time)
    {
        (_options, _time) = (options.Value, time);
        _events = Channel.CreateBounded<byte[]>(_options.QueueCapacity);
        metrics.ObserveQueue(() => Count);
    }

    /// <summary>The number of events in the queue.</summary>
    public int Count => _events.Reader.Count;

    /// <summary>Whether half of the capacity is used.</summary>
    public bool IsHalfFull => Count >= _options.QueueCapacity / 2;

    /// <summary>Whether the capacity is used.</summary>
    public bool IsFull => Count >= _options.QueueCapacity;

    /// <summary>Adds an event, unless the queue is full or complete.</summary>
    public bool TryWrite(byte[] serialized) => _events.Writer.TryWrite(serialized);

    /// <summary>Waits for space. Returns <see langword="false"/> when the queue is complete.</summary>
    public ValueTask<bool> WaitToWriteAsync(CancellationToken cancellationToken) => _events.Writer.WaitToWriteAsync(cancellationToken);

    /// <summary>
    /// Waits for an event and for others of its batch. Returns <see langword="false"/> when the queue is complete and empty.
    /// </summary>
    public async ValueTask<bool> WaitForBatchAsync()
    {
        if (!await _events.Reader.WaitToReadAsync())
        {
            return false;
        }

        var start = _time.GetTimestamp();
        while (Count < _options.MaxBatchSize
            && !_isComplete
            && _time.GetElapsedTime(start) is var elapsed && elapsed < _options.BatchDelay)
        {
            var remaining = _options.BatchDelay - elapsed;
            await Task.Delay(remaining < _pollInterval ? remaining : _pollInterval, _time);
        }

        return true;
    }

    /// <summary>Takes a batch of the events that are in the queue; <see langword="null"/> if there is none.</summary>
    public JourneyEventBatch? TryRead()
    {
        var batch = new List<byte[]>(Math.Min(_options.MaxBatchSize, Count));
        while (batch.Count < _options.MaxBatchSize && _events.Reader.TryRead(out var serialized))
        {
            batch.Add(serialized);
        }

        return batch.Count > 0 ? JourneyEventBatch.FromEvents(batch) : null;
    }

    /// <summary>Takes no more events.</summary>
    public void Complete()
    {
        _isComplete = true;
        _events.Writer.TryComplete();
    }
}

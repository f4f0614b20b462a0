using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.Telemetry.Events;

namespace Shop.Messaging.JourneyEvents;

/// <summary>Enqueues events. When the queue is full, the emitting thread moves a batch to disk, or waits for space.</summary>
internal sealed class JourneyEventExporter(
    JourneyEventSerializer serializer,
    JourneyEventQueue queue,
    JourneyEventBacklog backlog,
    IOptions<JourneyEventOptions> options,
    JourneyEventMetrics metrics,
    TimeProvider time,
    ILogger<JourneyEventExporter> log) : IJourneyEventExporter
{
    // Set after a wait has timed out, until the queue has space again, so that later events do not wait.
    private volatile bool _isSaturated;

    private readonly Lock _lossLock = new();
    private volatile bool _isLossLogged;
    private long _lost;
    private int _isStopLogged;

    /// <inheritdoc/>
    public void Export(string name, int version, DateTimeOffset? at, IReadOnlyList<KeyValuePair<string, object?>> attributes)
    {
        // The publisher moves the queue to disk as soon as this is possible.
        if (_isSaturated && queue.IsFull)
        {
            Lose();
            return;
        }

        var serialized = serializer.Serialize(name, version, at, attributes);
        if (queue.TryWrite(serialized) || TrySpillAndWrite(serialized))
        {
            RecordSpace();
        }
        else if (_isSaturated || !WaitAndWrite(serialized))
        {
            Lose();
        }
    }

    private void Lose()
    {
        metrics.AddLost(1);
        lock (_lossLock)
        {
            _lost++;
        }
    }

    private void LogLoss()
    {
        lock (_lossLock)
        {
            if (!_isLossLogged)
            {
                (_isLossLogged, _lost) = (true, 0);
                log.QueueFull(options.Value.QueueCapacity, options.Value.EnqueueTimeout);
            }
        }
    }

    private void RecordSpace()
    {
        _isSaturated = false;
        // Not before the queue is half empty: a queue that is full and not full by turns would be logged all the time.
        if (!_isLossLogged || queue.IsHalfFull)
        {
            return;
        }

        lock (_lossLock)
        {
            if (_isLossLogged)
            {
                _isLossLogged = false;
                log.QueueHasSpace(_lost);
            }
        }
    }

    // On the emitting thread, because the publisher may wait for a thread itself when many requests wait here.
    private bool TrySpillAndWrite(byte[] serialized)
    {
        bool hasSpilled;
        do
        {
            hasSpilled = backlog.TrySpill(options.Value.EnqueueTimeout) > 0;
            if (queue.TryWrite(serialized))
            {
                return true;
            }
        }
        while (hasSpilled);
        return false;
    }

    private bool WaitAndWrite(byte[] serialized)
    {
        using var timeout = new CancellationTokenSource(options.Value.EnqueueTimeout, time);
        try
        {
            while (queue.WaitToWriteAsync(timeout.Token).AsTask().GetAwaiter().GetResult())
            {
                if (queue.TryWrite(serialized))
                {
                    return true;
                }
            }

            if (Interlocked.Exchange(ref _isStopLogged, 1) == 0)
            {
                log.EventAfterShutdown();
            }
        }
        catch (OperationCanceledException)
        {
            // First, so that an event that another thread loses is counted.
            LogLoss();
            _isSaturated = true;
        }

        return false;
    }
}

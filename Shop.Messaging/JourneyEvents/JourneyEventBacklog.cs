using Microsoft.Extensions.Logging;
using Shop.Telemetry.Hosting;

namespace Shop.Messaging.JourneyEvents;

/// <summary>
/// The batches that were taken from the queue and are not confirmed by the broker, oldest first, in memory or on disk. What is in the
/// backlog is older than what is in the queue, so the order of the events is kept.
/// </summary>
internal sealed class JourneyEventBacklog(
    JourneyEventQueue queue, JourneyEventSpill spill, JourneyEventMetrics metrics, TimeProvider time, ILogger<JourneyEventBacklog> log)
{
    private static readonly TimeSpan _initialReadDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _maxReadDelay = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private readonly Queue<JourneyEventBatch> _batches = [];

    // The files that could not be read, those that contain no batch, and those that are published and could not be deleted. They stay on
    // disk.
    private readonly Dictionary<string, FileSetAside> _setAside = new(StringComparer.Ordinal);
    private bool _isRecovered;

    /// <summary>The oldest batch; <see langword="null"/> if there is none.</summary>
    public JourneyEventBatch? First
    {
        get
        {
            lock (_lock)
            {
                return _batches.TryPeek(out var first) ? first : null;
            }
        }
    }

    /// <summary>
    /// Adds the batches that processes which have ended have left on disk, and those whose file could not be read some time ago. Returns
    /// the number of the former.
    /// </summary>
    public int Recover()
    {
        lock (_lock)
        {
            var known = _batches.Where(batch => batch.File is not null).Select(batch => batch.File!.FullPath)
                .ToHashSet(StringComparer.Ordinal);
            var found = spill.Recover(known, IsSetAside);
            foreach (var file in found)
            {
                _batches.Enqueue(JourneyEventBatch.FromFile(file));
            }

            _isRecovered = true;
            return found.Count(file => !_setAside.ContainsKey(file.FullPath));
        }
    }

    /// <summary>Takes a batch from the queue, if there is one.</summary>
    public void Read()
    {
        lock (_lock)
        {
            if (queue.TryRead() is { } batch)
            {
                _batches.Enqueue(batch);
            }
        }
    }

    /// <summary>
    /// Returns the body of the oldest batch; <see langword="null"/> if its file cannot be read. Then the file stays on disk, and the batch
    /// is no longer part of the backlog: <see cref="Recover"/> adds it again later, unless it contains no events.
    /// </summary>
    public byte[]? ReadFirst()
    {
        lock (_lock)
        {
            var first = _batches.Peek();
            if (first.ReadBody() is { } body)
            {
                return body;
            }

            SetAside(first);
            _batches.Dequeue();
            return null;
        }
    }

    /// <summary>Removes the oldest batch, which is published, and its file.</summary>
    public void RemoveFirst()
    {
        lock (_lock)
        {
            var first = _batches.Dequeue();
            var isDeleted = spill.Delete(first);
            if (first.File is not { } file)
            {
                return;
            }

            if (isDeleted)
            {
                _setAside.Remove(file.FullPath);
            }
            else
            {
                // Otherwise it would be found and published again, as long as the process runs.
                _setAside[file.FullPath] = new(Attempts: 1, time.GetTimestamp(), IsPermanent: true);
            }
        }
    }

    /// <summary>
    /// Moves the batches in memory and a batch of the queue to disk. Returns the number of events that came from the queue; 0 if it is
    /// empty, or the events cannot be written to disk.
    /// </summary>
    /// <param name="isLastAttempt">Whether to write also when the disk has failed a moment ago.</param>
    public int Spill(bool isLastAttempt = false)
    {
        lock (_lock)
        {
            return SpillNext(isLastAttempt);
        }
    }

    /// <summary>
    /// Does the same as <see cref="Spill"/>, unless another thread does it for longer than <paramref name="timeout"/>: a disk that does not
    /// respond must not stop the threads that emit events.
    /// </summary>
    public int TrySpill(TimeSpan timeout)
    {
        if (!_lock.TryEnter(timeout))
        {
            return 0;
        }

        try
        {
            return SpillNext(isLastAttempt: false);
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>Returns the number of events that are in memory only, because they could not be written to disk.</summary>
    public int CountInMemory()
    {
        lock (_lock)
        {
            return queue.Count + _batches.Where(batch => batch.File is null).Sum(batch => batch.Count);
        }
    }

    private int SpillNext(bool isLastAttempt)
    {
        if (!_isRecovered
            || !_batches.Where(batch => batch.File is null).All(batch => TryWrite(batch, isLastAttempt))
            || queue.TryRead() is not { } next)
        {
            return 0;
        }

        _batches.Enqueue(next);
        return TryWrite(next, isLastAttempt) ? next.Count : 0;
    }

    private bool TryWrite(JourneyEventBatch batch, bool isLastAttempt)
    {
        if (!spill.TryWrite(batch, isLastAttempt))
        {
            return false;
        }

        metrics.AddSpilled(batch.Count);
        return true;
    }

    private bool IsSetAside(string path) =>
        _setAside.TryGetValue(path, out var file)
        && (file.IsPermanent
            || time.GetElapsedTime(file.FailedAt) < RetryDelay.Get(file.Attempts, _initialReadDelay, _maxReadDelay));

    private void SetAside(JourneyEventBatch batch)
    {
        var path = batch.File!.FullPath;
        if (!_setAside.TryGetValue(path, out var previous))
        {
            log.SpilledFileUnreadable(path);
        }

        _setAside[path] = new((previous?.Attempts ?? 0) + 1, time.GetTimestamp(), batch.IsInvalid);
    }

    private sealed record FileSetAside(int Attempts, long FailedAt, bool IsPermanent);
}

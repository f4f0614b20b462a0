using System.Buffers;
using Shop.Telemetry.Hosting;

namespace Shop.Telemetry.Logging;

/// <summary>
/// Writes lines to the console from a background thread, many at a time.
/// </summary>
/// <remarks>
/// The console logger of .NET wakes its thread and flushes for every record, which at some thousand records per second costs more than
/// the records themselves (https://github.com/dotnet/runtime/issues/65264). This class can go when that issue is fixed.
/// </remarks>
internal sealed class BatchingConsoleWriter : IDisposable
{
    /// <summary>The maximum size of the queued lines in bytes, those that are being written included.</summary>
    public const int MaxBytes = 8 * 1024 * 1024;

    // The capacity of an empty queue. A larger one is left to the garbage collector.
    private const int QueueCapacity = 1024;
    private const int OutputBufferSize = 64 * 1024;

    // Long enough to collect the next lines of a busy service, and too short to be noticed in the console.
    private static readonly TimeSpan _flushWindow = TimeSpan.FromMilliseconds(2);

    // The longest time that a stop waits for a console that does not read. The console logger of .NET waits 1.5 s.
    private static readonly TimeSpan _maxStopTimeout = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly ManualResetEventSlim _stopping = new(initialState: false, spinCount: 0); // no spinning: a wait lasts the whole window
    private readonly Stream _output;
    private readonly byte[] _outputBuffer = new byte[OutputBufferSize];
    private readonly int _maxLines;
    private readonly bool _dropWhenFull;
    private readonly ShutdownDeadline _deadline;
    private readonly Action<long> _onDropped;
    private readonly Thread _thread;
    private Queue<ArraySegment<byte>> _queue = new(QueueCapacity);
    private Queue<ArraySegment<byte>> _batch = new(QueueCapacity);
    private int _lines;
    private long _bytes;
    private long _droppedLines;
    private bool _stopped;
    private bool _stalled;

    /// <summary>Starts the background thread.</summary>
    /// <param name="output">The stream of the console. It is not disposed, because it belongs to the process.</param>
    /// <param name="maxLines">The maximum number of lines in memory, those that are being written included.</param>
    /// <param name="dropWhenFull">
    /// <see langword="true"/> to drop further lines, <see langword="false"/> to block the caller until there is room.
    /// </param>
    /// <param name="deadline">The deadline of the stop.</param>
    /// <param name="onDropped">
    /// Called on the background thread with the number of dropped lines when there is room again. It may add a line.
    /// </param>
    public BatchingConsoleWriter(Stream output, int maxLines, bool dropWhenFull, ShutdownDeadline deadline, Action<long> onDropped)
    {
        (_output, _maxLines, _dropWhenFull, _deadline, _onDropped) = (output, maxLines, dropWhenFull, deadline, onDropped);
        _thread = new Thread(Run) { IsBackground = true, Name = "Console lines" };
        _thread.Start();
    }

    /// <summary>Queues a line. After <see cref="Dispose"/>, writes it at once.</summary>
    /// <param name="line">The UTF-8 bytes of one line with its line end. They are copied.</param>
    public void Add(ReadOnlySpan<byte> line)
    {
        // Copied before the lock is taken: requests wait for each other only while a reference is queued.
        var copy = ArrayPool<byte>.Shared.Rent(line.Length);
        line.CopyTo(copy);
        if (!TryEnqueue(new ArraySegment<byte>(copy, 0, line.Length)))
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    /// <summary>
    /// Writes all queued lines and stops the background thread. Lines that the console does not read within a second, or
    /// until the deadline, are lost, so that it cannot block the stop of the process.
    /// </summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping.Set();
            Monitor.PulseAll(_gate);
        }

        if (!_thread.Join(_deadline.GetTimeout(_maxStopTimeout)))
        {
            lock (_gate)
            {
                _stalled = true;
            }
        }
    }

    private bool TryEnqueue(ArraySegment<byte> line)
    {
        lock (_gate)
        {
            // The background thread is exempt: its line about dropped lines must not wait for the room that it makes itself.
            while (IsFull(line) && Thread.CurrentThread != _thread)
            {
                if (_dropWhenFull || _stopping.IsSet)
                {
                    _droppedLines++;
                    return false;
                }

                Monitor.Wait(_gate);
            }

            if (_stalled)
            {
                return false;
            }

            _queue.Enqueue(line);
            _bytes += line.Array!.Length;
            if (_lines++ == 0)
            {
                Monitor.PulseAll(_gate);
            }

            if (!_stopped)
            {
                return true;
            }
        }

        WriteAfterStop();
        return true;
    }

    private bool IsFull(ArraySegment<byte> line) => _lines >= _maxLines || (_bytes + line.Array!.Length > MaxBytes && _lines > 0);

    private void Run()
    {
        while (WaitForLines())
        {
            _stopping.Wait(_flushWindow);
            var dropped = WriteQueue();
            if (dropped > 0)
            {
                _onDropped(dropped);
            }
        }
    }

    private bool WaitForLines()
    {
        lock (_gate)
        {
            while (_lines == 0 && _droppedLines == 0 && !_stopping.IsSet)
            {
                Monitor.Wait(_gate);
            }

            _stopped = _lines == 0 && _droppedLines == 0;
            return !_stopped;
        }
    }

    // The console may stall after the stop as well, and the line comes from the thread that disposes the service.
    private void WriteAfterStop()
    {
        var write = Task.Factory.StartNew(WriteQueue, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (!write.Wait(_deadline.GetTimeout(_maxStopTimeout)))
        {
            lock (_gate)
            {
                _stalled = true;
            }
        }
    }

    // Returns the number of lines that were dropped before there was room.
    private long WriteQueue()
    {
        lock (_outputBuffer)
        {
            long dropped;
            lock (_gate)
            {
                (_queue, _batch) = (_batch, _queue);
                (dropped, _droppedLines) = (_droppedLines, 0);
            }

            var (lines, bytes) = (_batch.Count, 0L);
            foreach (var line in _batch)
            {
                bytes += line.Array!.Length;
            }

            Write(_batch);
            _batch.Clear();
            if (lines > QueueCapacity)
            {
                _batch = new(QueueCapacity);
            }

            lock (_gate)
            {
                _lines -= lines;
                _bytes -= bytes;
                Monitor.PulseAll(_gate);
            }

            return dropped;
        }
    }

    private void Write(Queue<ArraySegment<byte>> lines)
    {
        try
        {
            var length = 0;
            foreach (var line in lines)
            {
                if (length + line.Count > _outputBuffer.Length)
                {
                    _output.Write(_outputBuffer.AsSpan(0, length));
                    length = 0;
                }

                if (line.Count > _outputBuffer.Length)
                {
                    _output.Write(line);
                }
                else
                {
                    line.AsSpan().CopyTo(_outputBuffer.AsSpan(length));
                    length += line.Count;
                }

                ArrayPool<byte>.Shared.Return(line.Array!);
            }

            _output.Write(_outputBuffer.AsSpan(0, length));
            _output.Flush();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The reader has closed the pipe, and there is no other place to report that.
        }
    }
}

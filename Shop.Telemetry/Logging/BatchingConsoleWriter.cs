using System.Buffers;

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
    // Long enough to collect the next lines of a busy service, and too short to be noticed in the console.
    private static readonly TimeSpan _flushWindow = TimeSpan.FromMilliseconds(2);

    private readonly object _gate = new();
    private readonly ManualResetEventSlim _stopping = new(initialState: false, spinCount: 0); // no spinning: a wait lasts the whole window
    private readonly Stream _output;
    private readonly int _maxLines;
    private readonly bool _dropWhenFull;
    private readonly Action<long> _onDropped;
    private readonly Thread _thread;
    private ArrayBufferWriter<byte> _queue = new();
    private ArrayBufferWriter<byte> _batch = new();
    private int _queuedLines;
    private int _batchLines;
    private long _droppedLines;
    private bool _stopped;

    /// <summary>Starts the background thread.</summary>
    /// <param name="output">The stream of the console. It is not disposed, because it belongs to the process.</param>
    /// <param name="maxLines">The maximum number of lines in memory, those that are being written included.</param>
    /// <param name="dropWhenFull">
    /// <see langword="true"/> to drop further lines, <see langword="false"/> to block the caller until there is room.
    /// </param>
    /// <param name="onDropped">
    /// Called on the background thread with the number of dropped lines when there is room again. It may add a line.
    /// </param>
    public BatchingConsoleWriter(Stream output, int maxLines, bool dropWhenFull, Action<long> onDropped)
    {
        (_output, _maxLines, _dropWhenFull, _onDropped) = (output, maxLines, dropWhenFull, onDropped);
        _thread = new Thread(Run) { IsBackground = true, Name = "Console lines" };
        _thread.Start();
    }

    /// <summary>Queues a line. After <see cref="Dispose"/>, writes it at once.</summary>
    /// <param name="line">The UTF-8 bytes of one line with its line end. They are copied.</param>
    public void Add(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            // The background thread is exempt: its line about dropped lines must not wait for the room that it makes itself.
            while (_queuedLines + _batchLines >= _maxLines && !_stopping.IsSet && Thread.CurrentThread != _thread)
            {
                if (_dropWhenFull)
                {
                    _droppedLines++;
                    return;
                }

                Monitor.Wait(_gate);
            }

            _queue.Write(line);
            if (_queuedLines++ == 0)
            {
                Monitor.PulseAll(_gate);
            }

            if (_stopped)
            {
                Write(SwapBuffers());
            }
        }
    }

    /// <summary>Writes all queued lines and stops the background thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping.Set();
            Monitor.PulseAll(_gate);
        }

        _thread.Join();
    }

    private void Run()
    {
        while (WaitForLines())
        {
            _stopping.Wait(_flushWindow);
            long dropped;
            ArrayBufferWriter<byte> batch;
            lock (_gate)
            {
                (dropped, _droppedLines) = (_droppedLines, 0);
                batch = SwapBuffers();
            }

            Write(batch);
            lock (_gate)
            {
                _batchLines = 0;
                Monitor.PulseAll(_gate);
            }

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
            while (_queuedLines == 0 && _droppedLines == 0 && !_stopping.IsSet)
            {
                Monitor.Wait(_gate);
            }

            _stopped = _queuedLines == 0 && _droppedLines == 0;
            return !_stopped;
        }
    }

    private ArrayBufferWriter<byte> SwapBuffers()
    {
        (_queue, _batch) = (_batch, _queue);
        (_queuedLines, _batchLines) = (0, _queuedLines);
        return _batch;
    }

    private void Write(ArrayBufferWriter<byte> lines)
    {
        try
        {
            _output.Write(lines.WrittenSpan);
            _output.Flush();
        }
        catch (IOException)
        {
            // The reader has closed the pipe, and there is no other place to report that.
        }

        lines.ResetWrittenCount();
    }
}

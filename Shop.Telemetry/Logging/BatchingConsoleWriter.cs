using System.Buffers;

namespace Shop.Telemetry.Logging;

/// <summary>
/// Lines on their way to the console, written by a thread of its own, all of one moment at once. .NET's own console wakes its thread,
/// and whoever reads the other end, for every line: at some thousand lines a second that is more work than all else about them.
/// </summary>
internal sealed class BatchingConsoleWriter : IDisposable
{
    // Long enough for the next lines of a busy moment, and too short for anybody to wait for.
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(2);

    private readonly object _gate = new();
    private readonly ManualResetEventSlim _stopping = new(initialState: false, spinCount: 0); // its wait always lasts a moment
    private readonly Stream _output;
    private readonly int _mostLines;
    private readonly bool _drops;
    private readonly Action<long> _tellOfDropped;
    private readonly Thread _writer;
    private ArrayBufferWriter<byte> _waiting = new();
    private ArrayBufferWriter<byte> _leaving = new();
    private int _linesWaiting;
    private int _linesLeaving;
    private long _dropped;
    private bool _ended;

    /// <param name="output">Where they go. Not disposed: the console is the process's.</param>
    /// <param name="mostLines">So many may be on their way, those included that are being written.</param>
    /// <param name="drops">Whether lines beyond that are dropped; if not, whoever brings one waits.</param>
    /// <param name="tellOfDropped">Is told how many were dropped when there is room again, and may add a line about it.</param>
    public BatchingConsoleWriter(Stream output, int mostLines, bool drops, Action<long> tellOfDropped)
    {
        (_output, _mostLines, _drops, _tellOfDropped) = (output, mostLines, drops, tellOfDropped);
        _writer = new Thread(WriteAll) { IsBackground = true, Name = "Console lines" };
        _writer.Start();
    }

    /// <param name="line">One, with its end. It is copied.</param>
    public void Add(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            // The writer has room for its own word about what was dropped: it is the one who makes room.
            while (_linesWaiting + _linesLeaving >= _mostLines && !_stopping.IsSet && Thread.CurrentThread != _writer)
            {
                if (_drops)
                {
                    _dropped++;
                    return;
                }

                Monitor.Wait(_gate);
            }

            _waiting.Write(line);
            if (_linesWaiting++ == 0)
                Monitor.PulseAll(_gate);
            if (_ended)
                Write(TakeAll());
        }
    }

    /// <summary>Returns when all lines are written. Whoever still has something to say afterwards writes it himself.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping.Set();
            Monitor.PulseAll(_gate);
        }

        _writer.Join();
    }

    private void WriteAll()
    {
        while (AnyComes())
        {
            _stopping.Wait(_moment);
            long dropped;
            ArrayBufferWriter<byte> lines;
            lock (_gate)
            {
                (dropped, _dropped) = (_dropped, 0);
                lines = TakeAll();
            }

            Write(lines);
            lock (_gate)
            {
                _linesLeaving = 0;
                Monitor.PulseAll(_gate);
            }

            if (dropped > 0)
                _tellOfDropped(dropped);
        }
    }

    private bool AnyComes()
    {
        lock (_gate)
        {
            while (_linesWaiting == 0 && _dropped == 0 && !_stopping.IsSet)
                Monitor.Wait(_gate);
            _ended = _linesWaiting == 0 && _dropped == 0;
            return !_ended;
        }
    }

    private ArrayBufferWriter<byte> TakeAll()
    {
        (_waiting, _leaving) = (_leaving, _waiting);
        (_linesWaiting, _linesLeaving) = (0, _linesWaiting);
        return _leaving;
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
            // Nobody is at the other end any more, and there is no other place to say so.
        }

        lines.ResetWrittenCount();
    }
}

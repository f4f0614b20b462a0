using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Shop.Bench.Logs;

/// <summary>
/// Passes the console output through, counts its records and measures the time from the log call to the write for one record in 64.
/// </summary>
internal sealed class LatencyMeasuringStream(Stream output) : Stream
{
    private static readonly ConcurrentDictionary<long, long> _calls = new();

    private readonly List<byte> _partialLine = [];
    private readonly List<double> _latencies = new(1 << 20);
    private volatile bool _measuring;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public long Written { get; private set; }

    public long WrittenOnCriticalRoutes { get; private set; }

    public long WrittenErrors { get; private set; }

    /// <summary>Returns whether the record is one of the measured ones. The lowest bit, which marks critical routes, is ignored.</summary>
    public static bool IsMeasured(long recordId) => (recordId >> 1) % 64 == 0;

    /// <summary>Stores the time of the log call of a measured record.</summary>
    public static void RecordCall(long recordId, long timestamp) => _calls[recordId] = timestamp;

    /// <summary>Ends the warm-up: from now on latencies are recorded.</summary>
    public void StartMeasuring() => _measuring = true;

    /// <summary>Returns the measured latencies in milliseconds, the lowest first.</summary>
    public double[] GetSortedLatencies()
    {
        lock (_latencies)
        {
            return [.. _latencies.Order()];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        output.Write(buffer);
        var completeLength = buffer.LastIndexOf((byte)'\n') + 1;
        if (_partialLine.Count > 0 && completeLength > 0)
        {
            var restLength = buffer.IndexOf((byte)'\n') + 1;
            _partialLine.AddRange(buffer[..restLength]);
            OnLineWritten(CollectionsMarshal.AsSpan(_partialLine));
            _partialLine.Clear();
            buffer = buffer[restLength..];
            completeLength -= restLength;
        }

        foreach (var line in buffer[..completeLength].Split((byte)'\n'))
        {
            OnLineWritten(buffer[line]);
        }

        _partialLine.AddRange(buffer[completeLength..]);
    }

    public override void Flush() => output.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    // ... order 0193... (72057594037927938)" ...
    private void OnLineWritten(ReadOnlySpan<byte> line)
    {
        var end = line.IndexOf(")\""u8);
        if (end < 0)
        {
            return;
        }

        var start = line[..end].LastIndexOf((byte)'(') + 1;
        if (!long.TryParse(line[start..end], NumberStyles.None, CultureInfo.InvariantCulture, out var recordId))
        {
            return;
        }

        Written++;
        if (recordId == 0)
        {
            WrittenErrors++;
        }

        WrittenOnCriticalRoutes += recordId & 1;
        if (IsMeasured(recordId) && _calls.TryRemove(recordId, out var called) && _measuring && _latencies.Count < _latencies.Capacity)
        {
            lock (_latencies)
            {
                _latencies.Add(Stopwatch.GetElapsedTime(called).TotalMilliseconds);
            }
        }
    }
}

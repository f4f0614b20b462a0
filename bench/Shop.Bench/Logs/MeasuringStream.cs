using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Shop.Bench.Logs;

/// <summary>The console's output, passed on as it comes, and how long after its call each measured line was through.</summary>
internal sealed class MeasuringStream(Stream output) : Stream
{
    private static readonly ConcurrentDictionary<long, long> _called = new();

    private readonly List<byte> _begunLine = [];
    private readonly List<double> _latencies = new(1 << 20);
    private volatile bool _begun;

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

    public long WrittenOnKeyPaths { get; private set; }

    public long WrittenErrors { get; private set; }

    // One in 64, whoever calls.
    public static bool IsMeasured(long line) => (line >> 1) % 64 == 0;

    public static void Called(long line, long at) => _called[line] = at;

    public void Begin() => _begun = true;

    public double[] Latencies()
    {
        lock (_latencies)
            return [.. _latencies.Order()];
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        output.Write(buffer);
        var ends = buffer.LastIndexOf((byte)'\n') + 1;
        if (_begunLine.Count > 0 && ends > 0)
        {
            var rest = buffer.IndexOf((byte)'\n') + 1;
            _begunLine.AddRange(buffer[..rest]);
            Wrote(CollectionsMarshal.AsSpan(_begunLine));
            _begunLine.Clear();
            buffer = buffer[rest..];
            ends -= rest;
        }

        foreach (var line in buffer[..ends].Split((byte)'\n'))
            Wrote(buffer[line]);
        _begunLine.AddRange(buffer[ends..]);
    }

    public override void Flush() => output.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    // ... order 0193... (72057594037927938)" ...
    private void Wrote(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOf(")\""u8);
        if (end < 0 || !long.TryParse(text[(text[..end].LastIndexOf((byte)'(') + 1)..end], NumberStyles.None, CultureInfo.InvariantCulture, out var line))
            return;

        Written++;
        if (line == 0)
            WrittenErrors++;
        WrittenOnKeyPaths += line & 1;
        if (IsMeasured(line) && _called.TryRemove(line, out var at) && _begun && _latencies.Count < _latencies.Capacity)
        {
            lock (_latencies)
                _latencies.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Shop.Bench.Logs;

/// <summary>The console's output, passed on line by line, and how long after its call each measured line was through.</summary>
internal sealed class MeasuringWriter(TextWriter output) : TextWriter
{
    private static readonly ConcurrentDictionary<long, long> _called = new();

    private readonly List<double> _latencies = new(1 << 20);
    private volatile bool _begun;

    public override Encoding Encoding => output.Encoding;

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

    public override void Write(char value) => output.Write(value);

    public override void Write(string? value)
    {
        output.Write(value);
        Wrote(value);
    }

    public override void Write(ReadOnlySpan<char> buffer)
    {
        output.Write(buffer);
        Wrote(buffer);
    }

    // ... order 0193... (72057594037927938)" ...
    private void Wrote(ReadOnlySpan<char> text)
    {
        var end = text.IndexOf(")\"");
        if (end < 0 || !long.TryParse(text[(text[..end].LastIndexOf('(') + 1)..end], NumberStyles.None, CultureInfo.InvariantCulture, out var line))
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

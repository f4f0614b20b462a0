using System.Diagnostics;
using System.IO.Pipes;
using System.Text;
using Shop.Telemetry.Logging;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Logging;

public sealed class BatchingConsoleWriterTests
{
    // A stop waits for one second. The limit leaves room for a busy machine, and is below the time after which DCP kills a process.
    private static readonly TimeSpan _maxStopTime = TimeSpan.FromSeconds(4);

    private static readonly byte[] _line = Encoding.UTF8.GetBytes(new string('x', 40_000) + "\n");

    [Fact]
    public void Stalled_pipe_blocks_neither_requests_nor_the_stop_and_holds_a_bounded_number_of_bytes()
    {
        // The pipe has no reader and buffers 64 KiB.
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        using var reader = new AnonymousPipeClientStream(PipeDirection.In, pipe.GetClientHandleAsString());
        var writer = new BatchingConsoleWriter(pipe, maxLines: 1_000_000, dropWhenFull: true, new(TimeProvider.System), _ => { });
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var line = 0; line < 5000; line++) // 200 MB
        {
            writer.Add(_line);
        }

        // Less than before if other tests have released memory meanwhile.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 2 * BatchingConsoleWriter.MaxBytes);
        var stopwatch = Stopwatch.StartNew();
        writer.Dispose();
        writer.Add(_line);
        Assert.InRange(stopwatch.Elapsed, TimeSpan.Zero, _maxStopTime);
    }

    [Fact]
    public void Lines_beyond_the_limit_in_bytes_are_dropped_and_counted_and_others_are_written()
    {
        using var output = new StalledStream();
        var dropped = 0L;
        var writer = new BatchingConsoleWriter(
            output, maxLines: 1_000_000, dropWhenFull: true, new(TimeProvider.System), count => dropped += count);
        for (var line = 0; line < 1000; line++)
        {
            writer.Add(_line);
        }

        output.Resume();
        writer.Dispose();

        Assert.InRange(dropped, 700, 999);
        Assert.Equal((1000 - dropped) * _line.Length, output.Written);
    }

    [Fact]
    public void Console_that_stalls_after_the_stop_does_not_block_later_lines()
    {
        using var output = new StalledStream();
        output.Resume();
        var writer = new BatchingConsoleWriter(output, maxLines: 100, dropWhenFull: true, new(TimeProvider.System), _ => { });
        writer.Dispose();
        output.Stall();

        var stopwatch = Stopwatch.StartNew();
        writer.Add(_line);
        writer.Add(_line);

        Assert.InRange(stopwatch.Elapsed, TimeSpan.Zero, _maxStopTime);
    }
}

using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Logging;

public sealed class JsonConsoleLoggerProviderTests
{
    [Fact]
    public async Task Stalled_console_reader_does_not_block_the_service()
    {
        using var reader = new StalledReader();
        await using var service = TestService.Build(console: reader, settings: [("Shop:LogSampling:Enabled", "false")]);
        var maxLines = service.Services.GetRequiredService<IOptionsMonitor<ConsoleLoggerOptions>>().CurrentValue.MaxQueueLength;

        // A queue that blocks would hang here. The writer and the queue have maxLines lines, and the other 1000 are dropped.
        for (var line = 0; line < maxLines + 1000; line++)
        {
            service.CreateLogger().WriteText("again");
        }

        Assert.Equal(maxLines + 1000, service.Records.Count);

        reader.Resume();
        var lines = await service.ReadJsonConsoleAsync();

        // The counts add up: in one warning, or in two if the queue was full before the writer took its first batch.
        var warnings = lines.Where(line => line.GetProperty("event_type").GetString() == "console.records_dropped").ToList();
        Assert.Equal(1000, warnings.Sum(line => line.GetProperty("values").GetProperty("Count").GetInt32()));
        Assert.Equal(maxLines, lines.Count - warnings.Count);
    }

    [Fact]
    public async Task Line_is_written_promptly_and_remaining_lines_at_shutdown()
    {
        using var reader = new Reader();
        await using var service = TestService.Build(console: reader);
        var log = service.CreateLogger();
        log.WriteText("first");
        Assert.Contains("first", await reader.FirstAsync(), StringComparison.Ordinal);

        log.WriteText("last");
        Assert.Contains("last", (await service.ReadConsoleAsync())[^1], StringComparison.Ordinal);
        log.WriteText("afterwards");
        Assert.Contains("afterwards", (await service.ReadConsoleAsync())[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Concurrent_lines_are_not_interleaved()
    {
        await using var service = TestService.Build(settings:
        [
            ("Shop:LogSampling:Enabled", "false"),
            ("Logging:Console:QueueFullMode", "Wait"),
            ("Logging:Console:MaxQueueLength", "10"),
        ]);
        await Parallel.ForEachAsync(Enumerable.Range(0, 2000), (number, _) =>
        {
            service.CreateLogger().WriteText($"number {number}");
            return ValueTask.CompletedTask;
        });

        var values = (await service.ReadJsonConsoleAsync())
            .Select(line => line.GetProperty("values").EnumerateObject().First().Value.GetString());
        Assert.Equal(Enumerable.Range(0, 2000).Select(number => $"number {number}").Order(), values.Order());
    }

    private sealed class Reader : MemoryStream
    {
        private readonly TaskCompletionSource<string> _first = new();

        public Task<string> FirstAsync() => _first.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(buffer);
            _first.TrySetResult(Encoding.UTF8.GetString(buffer));
        }
    }

    private sealed class StalledReader : MemoryStream
    {
        private readonly ManualResetEventSlim _resumed = new();

        public void Resume() => _resumed.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _resumed.Wait();
            base.Write(buffer);
        }

        protected override void Dispose(bool disposing)
        {
            _resumed.Set();
            base.Dispose(disposing);
        }
    }
}

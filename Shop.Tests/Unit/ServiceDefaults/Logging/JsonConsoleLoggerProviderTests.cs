using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Shop.Tests.Unit.ServiceDefaults.Support;

namespace Shop.Tests.Unit.ServiceDefaults.Logging;

public class JsonConsoleLoggerProviderTests
{
    [Fact]
    public async Task A_reader_of_the_console_that_has_stopped_reading_does_not_stop_the_service()
    {
        using var reader = new StoppedReader();
        await using var service = Service.Build(new() { ["Shop:LogSampling:Enabled"] = "false" }, output: reader);
        var most = service.App.Services.GetRequiredService<IOptionsMonitor<ConsoleLoggerOptions>>().CurrentValue.MaxQueueLength;

        // Would hang here if the queue waited. Some lines are in the reader's hands, the queue has the next, the rest is dropped.
        for (var line = 0; line < most + 1000; line++)
            service.Log().Said("again");
        Assert.Equal(most + 1000, service.Records.Count);

        reader.GoOn();
        var lines = await service.JsonLinesAsync();

        // Whole lines only, and those about the missing ones add up: one, or two when the queue was full before the writer came first.
        var told = lines.Where(line => line.GetProperty("event_type").GetString() == "console.records_dropped").ToList();
        Assert.Equal(1000, told.Sum(line => line.GetProperty("values").GetProperty("Count").GetInt32()));
        Assert.Equal(most, lines.Count - told.Count);
    }

    [Fact]
    public async Task A_line_is_there_in_a_moment_and_the_last_ones_at_the_stop()
    {
        using var reader = new Reader();
        await using var service = Service.Build(output: reader);
        var log = service.Log();
        log.Said("first");
        Assert.Contains("first", await reader.FirstAsync(), StringComparison.Ordinal);

        log.Said("last");
        Assert.Contains("last", (await service.LinesAsync())[^1], StringComparison.Ordinal);
        log.Said("afterwards");
        Assert.Contains("afterwards", (await service.LinesAsync())[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_is_whole_whoever_speaks_at_the_same_time()
    {
        await using var service = Service.Build(new() { ["Shop:LogSampling:Enabled"] = "false", ["Logging:Console:QueueFullMode"] = "Wait", ["Logging:Console:MaxQueueLength"] = "10" });
        await Parallel.ForEachAsync(Enumerable.Range(0, 2000), (number, _) =>
        {
            service.Log().Said($"number {number}");
            return ValueTask.CompletedTask;
        });

        var said = (await service.JsonLinesAsync()).Select(line => line.GetProperty("values").EnumerateObject().First().Value.GetString());
        Assert.Equal(Enumerable.Range(0, 2000).Select(number => $"number {number}").Order(), said.Order());
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

    private sealed class StoppedReader : MemoryStream
    {
        private readonly ManualResetEventSlim _reads = new();

        public void GoOn() => _reads.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _reads.Wait();
            base.Write(buffer);
        }

        protected override void Dispose(bool disposing)
        {
            _reads.Set();
            base.Dispose(disposing);
        }
    }
}

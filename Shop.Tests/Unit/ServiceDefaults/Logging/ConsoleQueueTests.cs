using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Shop.Tests.Unit.ServiceDefaults.Support;

namespace Shop.Tests.Unit.ServiceDefaults.Logging;

public class ConsoleQueueTests
{
    [Fact]
    public async Task A_reader_of_the_console_that_has_stopped_reading_does_not_stop_the_service()
    {
        using var reader = new StoppedReader();
        await using var service = Service.Build(new() { ["Shop:LogSampling:Enabled"] = "false" }, output: reader);
        var most = service.App.Services.GetRequiredService<IOptionsMonitor<ConsoleLoggerOptions>>().CurrentValue.MaxQueueLength;

        // Would hang here if the queue waited. One line is in the reader's hands, the queue takes the next, the rest is dropped.
        for (var line = 0; line < most + 1000; line++)
            service.Log().Said("again");
        Assert.Equal(most + 1000, service.Records.Count);

        reader.GoOn();
        // How many are missing is said on the error output; here there are whole lines only.
        Assert.InRange((await service.JsonLinesAsync()).Count, most, most + 2);
    }

    private sealed class StoppedReader : StringWriter
    {
        private readonly ManualResetEventSlim _reads = new();

        public void GoOn() => _reads.Set();

        public override void Write(string? value)
        {
            _reads.Wait();
            base.Write(value);
        }

        public override void Write(ReadOnlySpan<char> buffer)
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

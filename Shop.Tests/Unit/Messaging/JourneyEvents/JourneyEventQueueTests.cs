using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Shop.Messaging.JourneyEvents;
using Shop.Tests.Support;
using static Shop.Tests.Unit.Messaging.JourneyEvents.JourneyEventProcess;

namespace Shop.Tests.Unit.Messaging.JourneyEvents;

public sealed class JourneyEventQueueTests : IDisposable
{
    private const int Capacity = 100;

    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly string _path = Directory.CreateTempSubdirectory("shop-journey-events-").FullName;

    [Fact]
    public async Task Emit_waits_in_a_full_queue_until_there_is_space()
    {
        await using var process = CreateFullProcess();
        var emitting = StartEmit(process);
        Assert.False(emitting.IsCompleted);

        Assert.Equal(Capacity, process.Queue.TryRead()!.Count);
        await emitting.WaitAsync(_timeout);
        Assert.Equal(1, process.Queue.Count);
        Assert.Equal(0, process["lost"]);
    }

    [Fact]
    public async Task Event_is_lost_and_counted_after_the_enqueue_timeout()
    {
        await using var process = CreateFullProcess();
        var emitting = StartEmit(process);
        while (!emitting.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1);
        }

        Assert.Equal(1, process["lost"]);

        // The time stands still: this one would wait forever.
        await StartEmit(process).WaitAsync(_timeout);
        Assert.Equal(2, process["lost"]);

        process.Queue.TryRead();
        process.Emit(1);
        Assert.Equal((2, 1), (process["lost"], process.Queue.Count));
    }

    [Fact]
    public async Task Loss_of_events_is_logged_once_and_its_end_once_with_their_number()
    {
        const int Emitters = 5;
        await using var process = CreateFullProcess(maxBatchSize: 10);
        await LoseAsync(process, Emitters);
        Assert.Single(process.Log.TextsOf("journey_events.queue_full"));

        // There is space for some events, and then none again.
        Assert.Equal(10, process.Queue.TryRead()!.Count);
        process.Emit(Enumerable.Range(0, 10));
        await LoseAsync(process, Emitters);
        Assert.Single(process.Log.TextsOf("journey_events.queue_full"));
        Assert.Empty(process.Log.TextsOf("journey_events.queue_has_space"));

        while (process.Queue.TryRead() is not null)
        {
        }

        process.Emit(1, 2);
        Assert.Equal(
            "The queue of journey events has space again, after 10 events were lost",
            Assert.Single(process.Log.TextsOf("journey_events.queue_has_space")));
        Assert.Equal(2 * Emitters, process["lost"]);
    }

    [Fact]
    public void File_is_not_written_within_a_delay_after_a_write_that_failed()
    {
        var options = Options.Create(new JourneyEventOptions { SpillPath = _path });
        var root = Path.Combine(_path, "Shop.Test");
        var log = new RecordedLog();
        using var loggers = new LoggerFactory([log]);
        using var spill = new JourneyEventSpill(
            options, new HostingEnvironment { ApplicationName = "Shop.Test" }, _time, loggers.CreateLogger<JourneyEventSpill>());
        File.WriteAllText(root, "a file where the directory should be");
        Assert.False(spill.TryWrite(CreateBatch(), isLastAttempt: false));
        File.Delete(root);

        Assert.False(spill.TryWrite(CreateBatch(), isLastAttempt: false));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(spill.TryWrite(CreateBatch(), isLastAttempt: false));
        Assert.Single(log.TextsOf("journey_events.spill_unavailable"));

        static JourneyEventBatch CreateBatch() => JourneyEventBatch.FromEvents([[(byte)'1']]);
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);

    private async Task LoseAsync(JourneyEventProcess process, int events)
    {
        var emitting = Task.WhenAll(Enumerable.Range(0, events).Select(_ => StartEmit(process)));
        while (!emitting.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1);
        }
    }

    private JourneyEventProcess CreateFullProcess(int maxBatchSize = 100)
    {
        var process = new JourneyEventProcess(
            new TestBroker(), _path, new() { QueueCapacity = Capacity, MaxBatchSize = maxBatchSize }, _time);
        process.Emit(Enumerable.Range(0, Capacity));
        return process;
    }

    private static Task StartEmit(JourneyEventProcess process) =>
        Task.Factory.StartNew(() => process.Emit(0), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}

using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Shop.Messaging.JourneyEvents;
using static Shop.Tests.Unit.Messaging.JourneyEvents.JourneyEventProcess;

namespace Shop.Tests.Unit.Messaging.JourneyEvents;

public sealed class JourneyEventPublisherTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("shop-journey-events-").FullName;
    private readonly TestBroker _broker = new();

    [Fact]
    public async Task Events_are_published_in_batches_of_the_maximum_size()
    {
        await using var process = new JourneyEventProcess(
            _broker, _path, new() { MaxBatchSize = 10, BatchDelay = TimeSpan.FromSeconds(1) });
        process.Emit(Enumerable.Range(0, 25));
        await process.StartAsync();
        await WaitAsync(() => _broker.Numbers.Count == 25);

        Assert.Equal([10, 10, 5], _broker.Messages.Select(message => message.Length));
        Assert.Equal(Enumerable.Range(0, 25), _broker.Numbers);
        await WaitAsync(() => process["published"] == 25);
        Assert.Equal((0, 0, 0, 0), (process["retried"], process["spilled"], process["replayed"], process["lost"]));
    }

    [Fact]
    public async Task Batch_that_is_not_full_is_published_after_the_batch_delay()
    {
        await using var process = await new JourneyEventProcess(
            _broker, _path, new() { BatchDelay = TimeSpan.FromMilliseconds(50) }).StartAsync();
        process.Emit(1);
        await WaitAsync(() => process["published"] == 1);
    }

    [Fact]
    public async Task Batch_whose_confirmation_is_missing_is_sent_again_and_has_the_same_ids()
    {
        _broker.UnconfirmedBatches = 2;
        await using var process = await new JourneyEventProcess(_broker, _path).StartAsync();
        process.Emit(1);
        await WaitAsync(() => process["published"] == 1);

        Assert.Equal(3, _broker.Messages.Count);
        Assert.Single(_broker.Messages.SelectMany(message => message).Select(item => item.EventId).Distinct());
        Assert.Equal(2, process["retried"]);
    }

    [Theory]
    [InlineData(BrokerState.Down)]
    [InlineData(BrokerState.Hanging)]
    public async Task Events_are_spilled_and_replayed_in_order_while_the_broker_is_away(BrokerState state)
    {
        const int Total = 5000;
        var options = new JourneyEventOptions { BatchDelay = TimeSpan.FromMilliseconds(1), QueueCapacity = 1000 };
        await using var process = await new JourneyEventProcess(_broker, _path, options).StartAsync();
        process.Emit(0);
        await WaitAsync(() => _broker.Numbers.Count == 1);

        _broker.State = state;
        process.Emit(Enumerable.Range(1, Total - 1));
        await WaitAsync(() => process["spilled"] == Total - 1);
        Assert.NotEmpty(Files());
        _broker.State = BrokerState.Up;
        process.Emit(Enumerable.Range(Total, 100));
        await WaitAsync(() => _broker.Numbers.Count == Total + 100);

        Assert.Equal(Enumerable.Range(0, Total + 100), _broker.Numbers);
        await WaitAsync(() => Files().Count == 0);
        Assert.Equal(process["spilled"], process["replayed"]);
        Assert.Equal(0, process["lost"]);
    }

    [Fact]
    public async Task Files_of_a_killed_process_are_published_by_the_next_one_before_its_own_events()
    {
        await using var killed = await new JourneyEventProcess(new() { State = BrokerState.Down }, _path).StartAsync();
        killed.Emit(Enumerable.Range(0, 250));
        await WaitAsync(() => killed["spilled"] == 250);
        killed.Kill();

        await using var next = new JourneyEventProcess(_broker, _path);
        next.Emit(Enumerable.Range(250, 10));
        await next.StartAsync();
        await WaitAsync(() => _broker.Numbers.Count == 260);

        Assert.Equal(Enumerable.Range(0, 260), _broker.Numbers);
    }

    [Fact]
    public async Task Processes_of_the_same_service_do_not_touch_the_files_of_each_other()
    {
        _broker.State = BrokerState.Down;
        await using var first = await new JourneyEventProcess(_broker, _path).StartAsync();
        first.Emit(1);
        await WaitAsync(() => first["spilled"] == 1);

        var other = new TestBroker();
        await using var second = await new JourneyEventProcess(other, _path).StartAsync();
        second.Emit(2);
        await WaitAsync(() => other.Numbers.Count > 0);

        Assert.Equal([2], other.Numbers);
        Assert.Single(Files());
    }

    [Fact]
    public async Task Directory_that_cannot_be_used_is_left_to_its_owner_and_the_next_one_is_taken()
    {
        // Its lock cannot be opened, as that of another user.
        Directory.CreateDirectory(Path.Combine(_path, "Shop.Test", "0", "in-use"));
        _broker.State = BrokerState.Down;
        await using var process = await new JourneyEventProcess(_broker, _path).StartAsync();

        process.Emit(1);
        await WaitAsync(() => process["spilled"] == 1);

        Assert.Contains($"{Path.DirectorySeparatorChar}1{Path.DirectorySeparatorChar}", Assert.Single(Files()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_of_a_process_that_ends_are_published_by_one_that_runs_and_its_directory_is_free_again()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var killed = await new JourneyEventProcess(new() { State = BrokerState.Down }, _path).StartAsync();
        killed.Emit(Enumerable.Range(0, 250));
        await WaitAsync(() => killed["spilled"] == 250);
        await using var running = await new JourneyEventProcess(_broker, _path, time: time).StartAsync();
        running.Emit(250);
        await WaitAsync(() => running["published"] == 1, time);

        killed.Kill();
        await WaitAsync(() => running["replayed"] == 250, time);

        Assert.Equal([250, .. Enumerable.Range(0, 250)], _broker.Numbers);
        Assert.Single(running.Log.TextsOf("journey_events.spill_found"));
        await WaitAsync(() => CanLock(Path.Combine(_path, "Shop.Test", "0")), time);
    }

    [Fact]
    public async Task Stop_publishes_what_is_left()
    {
        await using var process = await new JourneyEventProcess(
            _broker, _path, new() { BatchDelay = TimeSpan.FromSeconds(10) }).StartAsync();
        process.Emit(Enumerable.Range(0, 250));
        await process.StopAsync();

        Assert.Equal(Enumerable.Range(0, 250), _broker.Numbers);
        Assert.Empty(Files());
    }

    [Theory]
    [InlineData(BrokerState.Down)]
    [InlineData(BrokerState.Hanging)]
    public async Task Stop_spills_what_the_broker_does_not_take_and_the_next_process_publishes_it(BrokerState state)
    {
        _broker.State = state;
        await using (var process = await new JourneyEventProcess(_broker, _path).StartAsync())
        {
            process.Emit(Enumerable.Range(0, 250));
            var stop = Stopwatch.StartNew();
            await process.StopAsync();
            Assert.InRange(stop.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(3));
            Assert.Equal((250, 0), (process["spilled"], process["lost"]));
        }

        _broker.State = BrokerState.Up;
        await using var next = await new JourneyEventProcess(_broker, _path).StartAsync();
        await WaitAsync(() => next["replayed"] == 250);
        Assert.Equal(Enumerable.Range(0, 250), _broker.Numbers);
    }

    [Fact]
    public async Task Events_in_memory_are_kept_when_nothing_can_be_written_to_disk()
    {
        _broker.State = BrokerState.Down;
        File.WriteAllText(Path.Combine(_path, "Shop.Test"), "a file where the directory should be");
        await using var process = await new JourneyEventProcess(
            _broker, _path, new() { BatchDelay = TimeSpan.FromMilliseconds(1), QueueCapacity = 100, EnqueueTimeout = TimeSpan.Zero })
            .StartAsync();
        process.Emit(0);
        await WaitAsync(() => process.Queue.Count == 0);
        process.Emit(Enumerable.Range(1, 300));
        Assert.InRange(process["lost"], 1, 200);

        _broker.State = BrokerState.Up;
        await WaitAsync(() => process["published"] + process["lost"] == 301);
        Assert.Equal(_broker.Numbers.Order(), _broker.Numbers);
        Assert.Equal(0, process["spilled"]);
    }

    [Fact]
    public async Task Spilled_files_stay_below_the_maximum_size()
    {
        _broker.State = BrokerState.Down;
        await using var process = await new JourneyEventProcess(
            _broker,
            _path,
            new() { BatchDelay = TimeSpan.FromMilliseconds(1), MaxSpillMegabytes = 1 }).StartAsync();
        while (process["lost"] == 0)
        {
            process.Emit(Enumerable.Range(0, 100));
        }

        Assert.InRange(Files().Sum(file => new FileInfo(file).Length), 900_000, 1_200_000);
    }

    [Fact]
    public async Task Unreadable_file_is_left_and_the_others_are_published()
    {
        _broker.State = BrokerState.Down;
        await using (var process = new JourneyEventProcess(_broker, _path))
        {
            // Before the start, so that the first batch is full.
            process.Emit(Enumerable.Range(0, 250));
            await process.StartAsync();
            await process.StopAsync();
        }

        var truncated = Files()[0];
        File.WriteAllBytes(truncated, File.ReadAllBytes(truncated)[..1000]);
        _broker.State = BrokerState.Up;
        await using var next = await new JourneyEventProcess(_broker, _path).StartAsync();
        await WaitAsync(() => next["replayed"] == 150);

        Assert.Equal(Enumerable.Range(100, 150), _broker.Numbers);
        Assert.Equal([truncated], Files());
    }

    [Fact]
    public async Task File_that_cannot_be_opened_is_logged_once_and_published_when_it_can()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        _broker.State = BrokerState.Down;
        await using (var process = new JourneyEventProcess(_broker, _path))
        {
            process.Emit(Enumerable.Range(0, 250));
            await process.StartAsync();
            await process.StopAsync();
        }

        _broker.State = BrokerState.Up;
        await using var next = new JourneyEventProcess(_broker, _path, time: time);
        using (new FileStream(Files()[0], FileMode.Open, FileAccess.Read, FileShare.None))
        {
            await next.StartAsync();
            await WaitAsync(() => next["replayed"] == 150, time);
            var end = time.GetUtcNow().AddMinutes(5);
            await WaitAsync(() => time.GetUtcNow() > end, time);
            Assert.Single(next.Log.TextsOf("journey_events.file_unreadable"));
        }

        await WaitAsync(() => next["replayed"] == 250, time);
        Assert.Equal([.. Enumerable.Range(100, 150), .. Enumerable.Range(0, 100)], _broker.Numbers);
        Assert.Single(next.Log.TextsOf("journey_events.file_unreadable"));
        await WaitAsync(() => Files().Count == 0);
    }

    [Fact]
    public async Task File_that_is_not_a_batch_is_logged_once_and_not_read_again()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var directory = Directory.CreateDirectory(Path.Combine(_path, "Shop.Test", "0"));
        File.WriteAllText(Path.Combine(directory.FullName, "2026-01-01T000000.0000000Z-1.blob"), "[{");
        await using var process = await new JourneyEventProcess(_broker, _path, time: time).StartAsync();
        var end = time.GetUtcNow().AddHours(1);
        await WaitAsync(() => time.GetUtcNow() > end, time);

        Assert.Single(process.Log.TextsOf("journey_events.file_unreadable"));
        Assert.Single(Files());
    }

    [Fact]
    public async Task Emit_does_not_wait_longer_than_its_timeout_for_a_disk_that_does_not_respond()
    {
        var directory = Directory.CreateDirectory(Path.Combine(_path, "Shop.Test", "0"));
        var pipe = Path.Combine(directory.FullName, "2026-01-01T000000.0000000Z-1.blob");
        using (var mkfifo = Process.Start("mkfifo", [pipe]))
        {
            await mkfifo.WaitForExitAsync();
            Assert.Equal(0, mkfifo.ExitCode);
        }

        await using var process = await new JourneyEventProcess(
            _broker, _path, new() { QueueCapacity = 100, EnqueueTimeout = TimeSpan.FromMilliseconds(10) }).StartAsync();
        // A named pipe is opened for writing when the publisher has opened it for reading, which then waits until the pipe is closed.
        using (await Task.Run(() => File.OpenHandle(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            .WaitAsync(TimeSpan.FromSeconds(30)))
        {
            await Task.Run(() => process.Emit(Enumerable.Range(0, 300))).WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(200, process["lost"]);
        }

        await WaitAsync(() => process["published"] == 100);
    }

    [Fact]
    public async Task Events_of_each_session_arrive_once_and_in_order_when_the_broker_comes_and_goes()
    {
        const int Sessions = 8;
        const int EventsPerSession = 2000;
        await using var process = await new JourneyEventProcess(
            _broker, _path, new() { BatchDelay = TimeSpan.FromMilliseconds(1), QueueCapacity = 1000 }).StartAsync();
        var sessions = Enumerable.Range(0, Sessions).Select(session => Task.Run(async () =>
        {
            for (var number = 0; number < EventsPerSession; number++)
            {
                process.Emit(session * EventsPerSession + number);
                if (number % 100 == 0)
                {
                    await Task.Delay(10);
                }
            }
        })).ToList();
        while (!Task.WhenAll(sessions).IsCompleted)
        {
            _broker.State = BrokerState.Down;
            await Task.Delay(150);
            _broker.UnconfirmedBatches = 1;
            _broker.State = BrokerState.Up;
            await Task.Delay(50);
        }

        await WaitAsync(() => _broker.Numbers.Count == Sessions * EventsPerSession);

        Assert.All(
            _broker.Numbers.GroupBy(number => number / EventsPerSession),
            session => Assert.Equal(session.Order(), session));
        Assert.Equal(0, process["lost"]);
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);

    private IReadOnlyList<string> Files() => [.. Directory.GetFiles(_path, "*.blob", SearchOption.AllDirectories).Order()];

    private static bool CanLock(string directory)
    {
        try
        {
            using var file = new FileStream(
                Path.Combine(directory, "in-use"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    // Meanwhile, the clock of the process goes on by a second for each time that the state is read.
    private static async Task WaitAsync(Func<bool> condition, FakeTimeProvider? time = null)
    {
        var elapsed = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(elapsed.Elapsed < TimeSpan.FromSeconds(60), "The state was not reached within 60 s.");
            time?.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(time is null ? 10 : 1);
        }
    }
}

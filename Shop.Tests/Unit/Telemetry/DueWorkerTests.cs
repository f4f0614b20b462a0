using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Time.Testing;
using Shop.Telemetry.Hosting;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Unit.Telemetry;

public sealed class DueWorkerTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(2);

    private readonly Clock _time = new();
    private readonly DueTime _next;
    private Recorder? _worker;

    public DueWorkerTests() => _next = new(_time);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _worker!.StopAsync(CancellationToken.None);

    public void Dispose()
    {
        _worker?.Dispose();
        _next.Dispose();
    }

    [Fact]
    public async Task Work_is_done_when_it_is_due()
    {
        var worker = await StartAsync();
        var due = _time.GetUtcNow().AddSeconds(10);
        worker.FindNext = now => now < due ? due : null;

        var first = await worker.WaitForRunAsync();
        var second = await worker.WaitForRunAsync();

        Assert.InRange(first, due.AddSeconds(-10), due.AddTicks(-1));
        Assert.InRange(second, due, due.AddMinutes(30));
    }

    [Fact]
    public async Task Work_of_other_replicas_is_found_at_the_interval()
    {
        var worker = await StartAsync(maxInterval: TimeSpan.FromSeconds(10));

        var first = await worker.WaitForRunAsync();
        var second = await worker.WaitForRunAsync();

        Assert.InRange(second - first, TimeSpan.FromSeconds(10), TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task Work_that_is_stored_while_the_worker_waits_is_done_when_it_is_due()
    {
        var worker = await StartAsync();
        await worker.WaitForRunAsync();
        var due = _time.GetUtcNow().AddSeconds(5);

        _next.Set(due.AddMinutes(10));
        _next.Set(due);
        _next.Set(due.AddMinutes(20));

        Assert.InRange(await worker.WaitForRunAsync(), due, due.AddMinutes(9));
    }

    [Fact]
    public async Task Work_that_is_stored_during_a_run_is_done_when_it_is_due()
    {
        var worker = await StartAsync();
        var due = _time.GetUtcNow().AddSeconds(30);
        worker.FindNext = _ =>
        {
            // The run has read the time of the next work, and does not know this one.
            _next.Set(due);
            return null;
        };
        await worker.WaitForRunAsync();
        worker.FindNext = _ => null;

        Assert.InRange(await worker.WaitForRunAsync(), due, due.AddMinutes(30));
    }

    [Fact]
    public async Task Due_work_that_is_left_is_tried_again_after_a_pause()
    {
        var worker = await StartAsync();
        worker.FindNext = now => now.AddSeconds(-1);

        var first = await worker.WaitForRunAsync();
        var second = await worker.WaitForRunAsync();

        Assert.InRange(second - first, _pause, TimeSpan.FromMinutes(30));
    }

    [Fact]
    public async Task Work_that_is_due_soon_after_a_run_is_not_delayed_by_a_pause()
    {
        var worker = await StartAsync();
        worker.FindNext = now => now + (_pause / 4);
        await worker.WaitForRunAsync();

        await Eventually.ReadAsync(
            () => Task.FromResult(_time.Delays.Last()),
            delay => delay > TimeSpan.Zero && delay < _pause / 2);
    }

    [Fact]
    public async Task Work_that_becomes_due_during_a_run_is_not_delayed_by_a_pause()
    {
        var worker = await StartAsync();
        worker.FindNext = now =>
        {
            worker.FindNext = _ => null;
            _time.Advance(_pause / 2);
            return now + (_pause / 4);
        };
        await worker.WaitForRunAsync();

        await Eventually.ReadAsync(() => Task.FromResult(_time.Delays), delays => delays.Contains(TimeSpan.Zero));
    }

    [Fact]
    public async Task Run_that_fails_is_repeated_after_a_pause()
    {
        var worker = await StartAsync();
        worker.FindNext = _ => throw new InvalidOperationException("The database is away.");

        var first = await worker.WaitForRunAsync();
        var second = await worker.WaitForRunAsync();

        Assert.InRange(second - first, _pause, TimeSpan.FromMinutes(30));
        Assert.Equal("The database is away.", worker.Error?.Message);
    }

    private async Task<Recorder> StartAsync(TimeSpan? maxInterval = null)
    {
        _worker = new(maxInterval ?? TimeSpan.FromHours(1), _time, _next);
        await _worker.StartAsync(CancellationToken.None);
        return _worker;
    }

    /// <summary>A clock that knows for how long the worker waits.</summary>
    private sealed class Clock : FakeTimeProvider
    {
        private readonly ConcurrentQueue<TimeSpan> _delays = new();

        public IReadOnlyCollection<TimeSpan> Delays => _delays;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Timer(this, base.CreateTimer(callback, state, dueTime, period));

        private sealed class Timer(Clock clock, ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                clock._delays.Enqueue(dueTime);
                return timer.Change(dueTime, period);
            }

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }

    private sealed class Recorder(TimeSpan maxInterval, FakeTimeProvider time, DueTime next)
        : DueWorker(maxInterval, time, new HostingEnvironment { ApplicationName = "test" }, next)
    {
        private readonly Channel<DateTimeOffset> _runs = Channel.CreateUnbounded<DateTimeOffset>();

        public Func<DateTimeOffset, DateTimeOffset?> FindNext { get; set; } = _ => null;

        public Exception? Error { get; private set; }

        /// <summary>Lets the time pass until the worker runs, and returns the time of the run.</summary>
        public async Task<DateTimeOffset> WaitForRunAsync()
        {
            DateTimeOffset at;
            while (!_runs.Reader.TryRead(out at))
            {
                time.Advance(TimeSpan.FromSeconds(0.1));
                await Task.Delay(1);
            }

            return at;
        }

        protected override Task<DateTimeOffset?> RunAsync(CancellationToken cancellationToken)
        {
            var now = Time.GetUtcNow();
            try
            {
                return Task.FromResult(FindNext(now));
            }
            finally
            {
                _runs.Writer.TryWrite(now);
            }
        }

        protected override void OnError(Exception exception) => Error = exception;
    }
}

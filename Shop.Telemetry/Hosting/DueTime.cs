using System.Threading.Channels;

namespace Shop.Telemetry.Hosting;

/// <summary>The time at which a <see cref="DueWorker"/> runs next.</summary>
public class DueTime : IDisposable
{
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private readonly Channel<bool> _due = Channel.CreateBounded<bool>(1);
    private DateTimeOffset _at = DateTimeOffset.MaxValue;

    /// <summary>Creates the time of a worker. Nothing is due yet.</summary>
    /// <param name="time">Measures the time.</param>
    public DueTime(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(_ => _due.Writer.TryWrite(true), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Schedules a run, unless an earlier one is scheduled. Call it after the work is stored.</summary>
    /// <param name="at">The time at which work is due.</param>
    public void Set(DateTimeOffset at)
    {
        lock (_lock)
        {
            if (at < _at)
            {
                Change(at);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _timer.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Replaces the scheduled time. Called before a run, so a time that is set during the run applies to the next one.</summary>
    internal void Reset(DateTimeOffset at)
    {
        lock (_lock)
        {
            Change(at);
        }
    }

    /// <summary>Waits for the time.</summary>
    internal async Task WaitAsync(CancellationToken cancellationToken) => await _due.Reader.ReadAsync(cancellationToken);

    private void Change(DateTimeOffset at)
    {
        _at = at;
        // A timer drops fractions of milliseconds, and would find that nothing is due yet.
        var delay = at - _time.GetUtcNow() + TimeSpan.FromMilliseconds(1);
        _timer.Change(delay > TimeSpan.Zero ? delay : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}

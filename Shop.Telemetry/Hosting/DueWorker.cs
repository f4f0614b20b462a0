using Microsoft.Extensions.Hosting;

namespace Shop.Telemetry.Hosting;

/// <summary>
/// A worker that runs when stored work is due, instead of asking every second whether some is. It finds the work that other replicas store
/// at an interval.
/// </summary>
/// <remarks>
/// Work that is due later than the interval after it was stored is done by any replica at that time. For earlier work, the replica that
/// stores it sets the <see cref="DueTime"/>.
/// </remarks>
/// <param name="maxInterval">Maximum time between the starts of two runs.</param>
/// <param name="time">Measures the interval.</param>
/// <param name="host">Names the activity source.</param>
/// <param name="next">The time of the next run, if others set it as well.</param>
public abstract class DueWorker(TimeSpan maxInterval, TimeProvider time, IHostEnvironment host, DueTime? next = null) : Worker(time, host)
{
    // After the start, after a run that failed, and while due work is left: another replica has locked it.
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(2);

    private readonly DueTime _next = next ?? new(time);

    /// <inheritdoc />
    public override void Dispose()
    {
        _next.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc />
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = _pause < maxInterval ? _pause : maxInterval;
        _next.Set(Time.GetUtcNow() + pause);
        while (true)
        {
            await _next.WaitAsync(stoppingToken);
            _next.Reset(Time.GetUtcNow() + maxInterval);
            DateTimeOffset? dueAt = null;
            var succeeded = await TryAsync(async cancellationToken => dueAt = await RunAsync(cancellationToken), stoppingToken);
            var now = Time.GetUtcNow();
            if (!succeeded || dueAt is not null)
            {
                _next.Set(dueAt > now ? dueAt.Value : now + pause);
            }
        }
    }

    /// <summary>Does the work that is due.</summary>
    /// <param name="cancellationToken">Canceled when the service stops.</param>
    /// <returns>The time at which the next work is due, of all that is stored; null if there is none.</returns>
    protected abstract Task<DateTimeOffset?> RunAsync(CancellationToken cancellationToken);
}

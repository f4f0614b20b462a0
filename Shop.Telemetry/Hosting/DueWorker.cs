using Microsoft.Extensions.Hosting;

namespace Shop.Telemetry.Hosting;

/// <summary>
/// A worker that runs at the time at which the next stored work is due, and at least once in an interval, to find work that other replicas
/// have stored.
/// </summary>
/// <remarks>
/// Work that is due later than one interval after it was stored is done on time by any replica. For work that is due sooner, the replica
/// that stores it calls <see cref="DueTime.Set"/>; other replicas find it at the interval.
/// </remarks>
/// <param name="maxInterval">Maximum time between the starts of two runs.</param>
/// <param name="time">Measures the interval.</param>
/// <param name="host">Names the activity source.</param>
/// <param name="next">The time of the next run, if others set it as well.</param>
public abstract class DueWorker(TimeSpan maxInterval, TimeProvider time, IHostEnvironment host, DueTime? next = null) : Worker(time, host)
{
    // The delay of the first run, of the run after a failed one, and of the next run while another replica has locked due work.
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
            var start = Time.GetUtcNow();
            _next.Reset(start + maxInterval);
            DateTimeOffset? dueAt = null;
            var succeeded = await TryAsync(async cancellationToken => dueAt = await RunAsync(cancellationToken), stoppingToken);
            if (!succeeded || dueAt is not null)
            {
                // What has become due during the run may not be locked.
                _next.Set(dueAt > start ? dueAt.Value : Time.GetUtcNow() + pause);
            }
        }
    }

    /// <summary>Does the work that is due.</summary>
    /// <param name="cancellationToken">Canceled when the service stops.</param>
    /// <returns>The time at which the next work is due, of all that is stored; null if there is none.</returns>
    protected abstract Task<DateTimeOffset?> RunAsync(CancellationToken cancellationToken);
}

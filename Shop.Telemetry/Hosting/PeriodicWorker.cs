using Microsoft.Extensions.Hosting;

namespace Shop.Telemetry.Hosting;

/// <summary>A worker that runs at an interval.</summary>
/// <param name="interval">Time between the starts of two runs. A run that takes longer delays the next one.</param>
/// <param name="time">Measures the interval.</param>
/// <param name="host">Names the activity source.</param>
/// <param name="runAtStart">
/// Whether the first run begins at the start of the service, which does not wait for its end, and not after the first interval.
/// </param>
public abstract class PeriodicWorker(TimeSpan interval, TimeProvider time, IHostEnvironment host, bool runAtStart = false)
    : Worker(time, host)
{
    /// <inheritdoc />
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, Time);
        if (runAtStart)
        {
            await TryAsync(RunAsync, stoppingToken);
        }

        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await TryAsync(RunAsync, stoppingToken);
        }
    }

    /// <summary>Performs one run.</summary>
    /// <param name="cancellationToken">Canceled when the service stops.</param>
    protected abstract Task RunAsync(CancellationToken cancellationToken);
}

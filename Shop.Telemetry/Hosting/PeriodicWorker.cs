using Microsoft.Extensions.Hosting;

namespace Shop.Telemetry.Hosting;

/// <summary>A hosted service that runs at an interval until the service stops. A run that fails does not end it.</summary>
/// <param name="interval">Time between the starts of two runs. A run that takes longer delays the next one.</param>
/// <param name="time">Measures the interval.</param>
public abstract class PeriodicWorker(TimeSpan interval, TimeProvider time) : BackgroundService
{
    /// <inheritdoc />
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        do
        {
            try
            {
                await RunAsync(stoppingToken);
            }
#pragma warning disable CA1031 // The worker outlives every failure; the next run tries again.
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                OnError(exception);
            }
#pragma warning restore CA1031
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>One run.</summary>
    /// <param name="cancellationToken">Canceled when the service stops.</param>
    protected abstract Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Logs the exception of a run.</summary>
    /// <param name="exception">The exception.</param>
    protected abstract void OnError(Exception exception);
}

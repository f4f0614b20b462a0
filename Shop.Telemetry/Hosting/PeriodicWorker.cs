using System.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace Shop.Telemetry.Hosting;

/// <summary>A hosted service that runs at an interval until the service stops. A run that fails does not end it.</summary>
/// <param name="interval">Time between the starts of two runs. A run that takes longer delays the next one.</param>
/// <param name="time">Measures the interval.</param>
/// <param name="host">Names the <see cref="ActivitySource"/>.</param>
/// <param name="runAtStart">
/// Whether the first run begins at the start of the service, which does not wait for its end, and not after the first interval.
/// </param>
public abstract class PeriodicWorker(TimeSpan interval, TimeProvider time, IHostEnvironment host, bool runAtStart = false)
    : BackgroundService
{
    /// <summary>Gets the clock of the worker.</summary>
    protected TimeProvider Time => time;

    /// <summary>Gets the activity source of the service.</summary>
    protected ActivitySource ActivitySource { get; } = new(host.ApplicationName);

    /// <inheritdoc />
    public override void Dispose()
    {
        ActivitySource.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc />
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        if (runAtStart)
        {
            await TryRunAsync(stoppingToken);
        }

        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await TryRunAsync(stoppingToken);
        }
    }

    private async Task TryRunAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RunAsync(stoppingToken);
        }
#pragma warning disable CA1031 // A failed run must not stop the worker. Failures while the service stops are expected.
        catch (Exception exception)
        {
            if (!stoppingToken.IsCancellationRequested)
            {
                OnError(exception);
            }
        }
#pragma warning restore CA1031
    }

    /// <summary>Performs one run.</summary>
    /// <param name="cancellationToken">Canceled when the service stops.</param>
    protected abstract Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Logs the exception of a run.</summary>
    /// <param name="exception">The exception.</param>
    protected abstract void OnError(Exception exception);
}

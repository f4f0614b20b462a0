using System.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace Shop.Telemetry.Hosting;

/// <summary>A hosted service that runs again and again until the service stops. A run that fails does not end it.</summary>
/// <param name="time">Measures the time between two runs.</param>
/// <param name="host">Names the <see cref="System.Diagnostics.ActivitySource"/>.</param>
public abstract class Worker(TimeProvider time, IHostEnvironment host) : BackgroundService
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

    /// <summary>Logs the exception of a run.</summary>
    /// <param name="exception">The exception.</param>
    protected abstract void OnError(Exception exception);

    /// <summary>Runs once, and returns whether the run succeeded.</summary>
    private protected async Task<bool> TryAsync(Func<CancellationToken, Task> run, CancellationToken stoppingToken)
    {
        try
        {
            await run(stoppingToken);
            return true;
        }
#pragma warning disable CA1031 // A failed run must not stop the worker. Failures while the service stops are expected.
        catch (Exception exception)
        {
            if (!stoppingToken.IsCancellationRequested)
            {
                OnError(exception);
            }

            return false;
        }
#pragma warning restore CA1031
    }
}

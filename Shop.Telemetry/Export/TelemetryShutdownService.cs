using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Shop.Telemetry.Export;

/// <summary>
/// When everything else has stopped, the telemetry that is still here gets a moment to leave: all three signals at once, and no
/// longer than that. Left to themselves they would wait for a collector that hangs one after the other, 5 seconds and more each,
/// while orchestrators kill a little after they asked to stop (DCP after 6 s).
/// </summary>
internal sealed class TelemetryShutdownService(IServiceProvider services) : IHostedLifecycleService
{
    private static readonly TimeSpan _moment = TimeSpan.FromSeconds(2.5);

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        var milliseconds = (int)_moment.TotalMilliseconds;
        return Task.WhenAll(
            OnItsOwn(() => services.GetService<TracerProvider>()?.Shutdown(milliseconds)),
            OnItsOwn(() => services.GetService<MeterProvider>()?.Shutdown(milliseconds)),
            OnItsOwn(() => services.GetService<LoggerProvider>()?.Shutdown(milliseconds)));
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Not on threads of the pool: each of these blocks, and on a small machine the pool would make the third wait for a thread.
    private static Task OnItsOwn(Action shutdown) =>
        Task.Factory.StartNew(shutdown, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}

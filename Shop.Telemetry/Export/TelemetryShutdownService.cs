using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Shop.Telemetry.Hosting;

namespace Shop.Telemetry.Export;

/// <summary>
/// Exports the remaining traces, metrics and logs at the same time when all other services have stopped: until half a second before the
/// <see cref="ShutdownDeadline"/>, but for 1 second at least and 2.5 seconds at most.
/// </summary>
/// <remarks>
/// The host disposes the three providers one after the other, and each waits at least 5 seconds for a collector that does not respond
/// (https://github.com/open-telemetry/opentelemetry-dotnet/issues/4629). Orchestrators kill a process earlier: DCP after 6 seconds.
/// This service can go when the shutdown timeout of the providers can be configured.
/// </remarks>
internal sealed class TelemetryShutdownService(IServiceProvider services, LogShutdown logShutdown, ShutdownDeadline deadline)
    : IHostedLifecycleService
{
    private static readonly TimeSpan _minTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _maxTimeout = TimeSpan.FromSeconds(2.5);

    // For the records of the disposal, and the console.
    private static readonly TimeSpan _reserve = TimeSpan.FromSeconds(0.5);

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        deadline.Start();
        return Task.CompletedTask;
    }

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        var timeout = deadline.GetTimeout(_maxTimeout, _minTimeout, _reserve);
        var milliseconds = (int)timeout.TotalMilliseconds;
        return Task.WhenAll(
            RunOnOwnThread(() => services.GetService<TracerProvider>()?.Shutdown(milliseconds)),
            RunOnOwnThread(() => services.GetService<MeterProvider>()?.Shutdown(milliseconds)),
            RunOnOwnThread(() => logShutdown.Flush(services.GetService<LoggerProvider>(), timeout)));
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Shutdown blocks. On a small machine, the thread pool would start the third one late.
    private static Task RunOnOwnThread(Action shutdown) =>
        Task.Factory.StartNew(shutdown, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}

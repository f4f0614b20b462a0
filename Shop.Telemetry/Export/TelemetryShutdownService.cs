using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Shop.Telemetry.Export;

/// <summary>
/// Flushes traces, metrics and logs at the same time when all other services have stopped, for at most 2.5 seconds.
/// </summary>
/// <remarks>
/// The host disposes the three providers one after the other, and each waits at least 5 seconds for a collector that does not respond
/// (https://github.com/open-telemetry/opentelemetry-dotnet/issues/4629). Orchestrators kill a process earlier: DCP after 6 seconds.
/// This service can go when the shutdown timeout of the providers can be configured.
/// </remarks>
internal sealed class TelemetryShutdownService(IServiceProvider services) : IHostedLifecycleService
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(2.5);

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        var milliseconds = (int)_timeout.TotalMilliseconds;
        return Task.WhenAll(
            RunOnOwnThread(() => services.GetService<TracerProvider>()?.Shutdown(milliseconds)),
            RunOnOwnThread(() => services.GetService<MeterProvider>()?.Shutdown(milliseconds)),
            RunOnOwnThread(() => services.GetService<LoggerProvider>()?.Shutdown(milliseconds)));
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Shutdown blocks. On a small machine, the thread pool would start the third one late.
    private static Task RunOnOwnThread(Action shutdown) =>
        Task.Factory.StartNew(shutdown, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}

using System.Collections.Concurrent;
using System.Collections.Frozen;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Health;

/// <summary>Watches the health of each resource from its first Running to its end, and says when it is ready.</summary>
internal sealed class ResourceHealthMonitor(
    ResourceNotificationService notifications,
    HealthCheckService healthChecks,
    IDistributedApplicationEventing eventing,
    IServiceProvider services) : BackgroundService
{
    private static readonly TimeSpan _healthyInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _unhealthyStep = TimeSpan.FromSeconds(1);
    private const int MaximumSteps = 5;

    private readonly ConcurrentDictionary<string, Monitor> _monitors = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var resourceEvent in notifications.WatchAsync(stoppingToken))
        {
            var resource = resourceEvent.Resource;
            var state = resourceEvent.Snapshot.State?.Text;
            _monitors.TryGetValue(resource.Name, out var monitor);

            if (monitor is not null && monitor.LastState != state)
            {
                monitor.LastState = state;
                monitor.Interrupt();
            }

            if (state == KnownResourceStates.Running && monitor is null)
            {
                monitor = new Monitor(stoppingToken) { LastState = state };
                _monitors[resource.Name] = monitor;
                _ = MonitorAsync(resource, monitor);
            }
            else if (monitor is not null && KnownResourceStates.TerminalStates.Contains(state) && AllReplicasEnded(resource))
            {
                _monitors.TryRemove(resource.Name, out _);
                monitor.Stop();
            }
        }
    }

    private bool AllReplicasEnded(IResource resource) => resource.GetResolvedResourceNames().All(id =>
        notifications.TryGetCurrentState(id, out var e) && KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text));

    private async Task MonitorAsync(IResource resource, Monitor monitor)
    {
        // A child shares its parents' checks: a database is not healthy when its server is not.
        var keys = resource.WithAncestors().SelectMany(r => r.Annotations.OfType<HealthCheckAnnotation>()).Select(a => a.Key).ToFrozenSet();
        if (keys.Count == 0)
        {
            await PublishReadyAsync(resource, monitor.Token);
            return;
        }

        var isReady = false;
        var failures = 0;
        while (!monitor.Token.IsCancellationRequested)
        {
            var report = await CheckAsync(keys, monitor.Token);
            if (monitor.Token.IsCancellationRequested)
            {
                return;
            }

            failures = report.Status == HealthStatus.Healthy ? 0 : failures + 1;
            if (failures == 0 && !isReady)
            {
                isReady = true;
                _ = PublishReadyAsync(resource, monitor.Token);
            }

            await PublishAsync(resource, report);
            await monitor.DelayAsync(failures == 0 ? _healthyInterval : _unhealthyStep * Math.Min(MaximumSteps, failures));
        }
    }

    private async Task<HealthReport> CheckAsync(FrozenSet<string> keys, CancellationToken cancellationToken)
    {
        try
        {
            return await healthChecks.CheckHealthAsync(registration => keys.Contains(registration.Name), cancellationToken);
        }
#pragma warning disable CA1031 // Whatever a check throws is its answer.
        catch (Exception ex)
        {
            var entry = new HealthReportEntry(HealthStatus.Unhealthy, "Error calling HealthCheckService.", TimeSpan.Zero, ex, data: null);

            return new HealthReport(keys.ToDictionary(k => k, _ => entry), TimeSpan.Zero);
        }
#pragma warning restore CA1031
    }

    private Task PublishAsync(IResource resource, HealthReport report)
    {
        var now = DateTime.UtcNow;

        return notifications.PublishUpdateAsync(resource, s => s with
        {
            HealthReports =
            [
                .. s.HealthReports.Where(r => !report.Entries.ContainsKey(r.Name)),
                .. report.Entries.Select(e => new HealthReportSnapshot(e.Key, e.Value.Status, e.Value.Description, e.Value.Exception?.ToString())
                {
                    LastRunAt = now,
                }),
            ],
        });
    }

    private async Task PublishReadyAsync(IResource resource, CancellationToken cancellationToken)
    {
        // As in the real one, an exception of a handler is seen by those who wait for the resource, and by nobody else.
        var handlers = eventing.PublishAsync(new ResourceReadyEvent(resource, services), cancellationToken);
        await handlers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await notifications.PublishUpdateAsync(resource, s => s with { ResourceReady = handlers });
    }

    /// <summary>A delay that a change of state cuts short, though two checks are never less than a second apart.</summary>
    private sealed class Monitor(CancellationToken stoppingToken)
    {
        private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        private TaskCompletionSource _interrupted = new();

        public CancellationToken Token => _stop.Token;

        public string? LastState { get; set; }

        public void Stop() => _stop.Cancel();

        public void Interrupt() => _interrupted.TrySetResult();

        public async Task DelayAsync(TimeSpan delay)
        {
            await Task.Delay(_unhealthyStep, Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _interrupted.Task.WaitAsync(delay - _unhealthyStep, Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _interrupted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}

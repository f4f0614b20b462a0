using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using Shop.Telemetry.Hosting;

namespace Shop.Messaging.ErrorQueues;

/// <summary>Counts the messages in error queues at an interval, for a metric and a health check.</summary>
internal sealed class ErrorQueueMonitor : PeriodicWorker, IHealthCheck
{
    private readonly ErrorQueueBrowser _browser;
    private readonly ILogger<ErrorQueueMonitor> _log;
    private IReadOnlyDictionary<string, uint> _counts = new Dictionary<string, uint>();

    public ErrorQueueMonitor(
        ErrorQueueBrowser browser,
        IOptions<MessagingOptions> options,
        TimeProvider time,
        IMeterFactory meters,
        IHostEnvironment host,
        ILogger<ErrorQueueMonitor> log)
        : base(options.Value.ErrorQueueCheckInterval, time, host, runAtStart: true)
    {
        (_browser, _log) = (browser, log);
        meters.Create(host.ApplicationName).CreateObservableGauge(
            "shop.messaging.error_queue.messages",
            () => Volatile.Read(ref _counts).Select(count => new Measurement<long>(
                count.Value, new KeyValuePair<string, object?>("messaging.destination.name", QueueTopology.ErrorQueueFor(count.Key)))),
            "{message}",
            "Number of messages in the error queue. All replicas of a service report the same number.");
    }

    /// <summary>
    /// Degraded while an error queue holds messages: the service works, so it stays in rotation, but an operator must handle the messages.
    /// </summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var failed = Volatile.Read(ref _counts).Where(count => count.Value > 0)
            .ToDictionary(count => QueueTopology.ErrorQueueFor(count.Key), object (count) => count.Value);
        return Task.FromResult(failed.Count == 0
            ? HealthCheckResult.Healthy("All error queues are empty.")
            : HealthCheckResult.Degraded(
                $"Error queues with messages: {string.Join(", ", failed.Keys)}. See /admin/errors.", data: failed));
    }

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        // Untraced: an idle service would emit spans at every interval.
        using var untraced = SuppressInstrumentationScope.Begin();
        Volatile.Write(ref _counts, await _browser.CountAsync(cancellationToken));
    }

    // The last counts stay until the broker responds.
    protected override void OnError(Exception exception) => _log.ErrorQueuesNotCounted(exception.Message);
}

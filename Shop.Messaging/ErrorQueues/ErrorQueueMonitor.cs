using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace Shop.Messaging.ErrorQueues;

/// <summary>Counts the parked messages now and then, for the metric and for a word in the health report.</summary>
internal sealed class ErrorQueueMonitor : BackgroundService, IHealthCheck
{
    private readonly ErrorQueueBrowser _parked;
    private readonly TimeProvider _time;
    private readonly TimeSpan _pause;
    private readonly ILogger<ErrorQueueMonitor> _log;
    private IReadOnlyDictionary<string, uint> _counts = new Dictionary<string, uint>();

    public ErrorQueueMonitor(ErrorQueueBrowser parked, IOptions<MessagingOptions> options, TimeProvider time, IMeterFactory meters, IHostEnvironment host, ILogger<ErrorQueueMonitor> log)
    {
        (_parked, _time, _pause, _log) = (parked, time, options.Value.ErrorQueueCheckInterval, log);
        meters.Create(host.ApplicationName).CreateObservableGauge(
            "shop.messaging.error_queue.messages",
            () => Volatile.Read(ref _counts).Select(count => new Measurement<long>(
                count.Value, new KeyValuePair<string, object?>("messaging.destination.name", Messaging.Queues.ErrorsOf(count.Key)))),
            "{message}",
            "Messages that could not be consumed and wait for a person. Each replica of a service tells the same number.");
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var parked = Volatile.Read(ref _counts).Where(count => count.Value > 0).ToDictionary(count => Messaging.Queues.ErrorsOf(count.Key), object (count) => count.Value);
        // The service works all the same: a word for people, no reason to take it out of the traffic.
        return Task.FromResult(parked.Count == 0
            ? HealthCheckResult.Healthy("No message is parked.")
            : HealthCheckResult.Degraded($"Messages are parked in {string.Join(", ", parked.Keys)}; see /admin/errors.", data: parked));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_pause, _time);
        do
        {
            try
            {
                using var quietly = SuppressInstrumentationScope.Begin();
                var counts = new Dictionary<string, uint>();
                foreach (var queue in _parked.Queues)
                    counts[queue] = await _parked.CountAsync(queue, stoppingToken);
                Volatile.Write(ref _counts, counts);
            }
#pragma warning disable CA1031 // Whatever is the matter with the broker: the numbers of before stand until it answers again.
            catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                _log.ErrorQueuesNotCounted(exception.Message);
            }
#pragma warning restore CA1031
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}

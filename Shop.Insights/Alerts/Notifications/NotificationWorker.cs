using OpenTelemetry;
using Shop.Telemetry.Hosting;

namespace Shop.Insights.Alerts.Notifications;

/// <summary>Sends notifications when they are due.</summary>
internal sealed class NotificationWorker(
    NotificationSender webhooks,
    AlertmanagerSender alertmanagers,
    TimeProvider time,
    IHostEnvironment host,
    ILogger<NotificationWorker> log)
    : PeriodicWorker(TimeSpan.FromSeconds(2), time, host)
{
    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        // A webhook that does not answer does not delay the others.
        await Task.WhenAll(alertmanagers.SendDueAsync(cancellationToken), webhooks.SendDueAsync(cancellationToken));
    }

    protected override void OnError(Exception exception) => log.NotificationsFailed(exception);
}

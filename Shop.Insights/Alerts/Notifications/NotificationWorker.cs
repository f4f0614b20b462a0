using OpenTelemetry;

namespace Shop.Insights.Alerts.Notifications;

/// <summary>Sends notifications when they are due. A channel that does not answer delays no other one.</summary>
internal sealed class NotificationWorker(
    NotificationSender webhooks, AlertmanagerSender alertmanagers, TimeProvider time, ILogger<NotificationWorker> log) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(2);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
    [
        .. alertmanagers.Urls.Select(url => SendAsync(() => alertmanagers.SendDueAsync(url, stoppingToken), stoppingToken)),
        .. webhooks.Channels.Select(channel => SendAsync(() => webhooks.SendDueAsync(channel, stoppingToken), stoppingToken)),
    ]);

    private async Task SendAsync(Func<Task> sendDue, CancellationToken stoppingToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        using var timer = new PeriodicTimer(_interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await sendDue();
            }
#pragma warning disable CA1031 // Whatever the reason, what is due is sent later.
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                log.NotificationsFailed(exception);
            }
        }
    }
}

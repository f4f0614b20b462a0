using Microsoft.Extensions.Options;
using Shop.Insights.Traces;

namespace Shop.Insights.Alerts.Notifications;

/// <summary>Sends the notifications of webhooks that are due, and stores the results.</summary>
internal sealed class NotificationSender(
    IHttpClientFactory clients,
    NotificationStore store,
    IOptions<AlertOptions> options,
    IOptions<TraceOptions> traces,
    TimeProvider time,
    ILogger<NotificationSender> log)
{
    /// <summary>The number of attempts to send a notification, over about 38 minutes.</summary>
    public const int MaxAttempts = 12;

    /// <summary>Gets the channels.</summary>
    public IReadOnlyList<string> Channels => NotificationChannels.List(options.Value);

    /// <summary>Sends what is due to a channel, one message after the other.</summary>
    public async Task SendDueAsync(string channel, CancellationToken cancellationToken)
    {
        var webhook = NotificationChannels.GetWebhook(options.Value, channel);
        // Each is claimed when it is its turn. The claims of those that wait would end before.
        while (await store.ClaimAsync(channel, time.GetUtcNow(), cancellationToken) is { } notification)
        {
            var request = WebhookMessage.CreateRequest(webhook, notification, traces.Value, time.GetUtcNow());
            var failure = await clients.SendNotificationAsync(request, cancellationToken);
            var now = time.GetUtcNow();
            if (failure is null)
            {
                await store.SetSentAsync(notification, now, cancellationToken);
                continue;
            }

            log.NotificationFailed(
                notification.Channel, notification.State, notification.Alert.Rule, notification.Attempt, failure.Reason);
            if (failure.RetryAfter is { } delay)
            {
                // Slack accepts about one message a second, and disables what does not wait.
                await store.PostponeAsync(notification, failure.Reason, now + delay, cancellationToken);
                return;
            }

            await store.SetFailedAsync(notification, failure.Reason, notification.Attempt >= MaxAttempts, now, cancellationToken);
        }
    }
}

using Microsoft.Extensions.Options;

namespace Shop.Insights.Alerts.Notifications;

/// <summary>Sends the notifications that are due, and stores the results.</summary>
internal sealed class NotificationSender(
    IHttpClientFactory clients,
    NotificationStore store,
    IOptions<AlertOptions> options,
    IConfiguration configuration,
    TimeProvider time,
    ILogger<NotificationSender> log)
{
    /// <summary>The name of the HTTP client.</summary>
    public const string ClientName = "alerts";

    /// <summary>The number of attempts to send a notification, over about 45 minutes.</summary>
    public const int MaxAttempts = 12;

    private const int MaxErrorLength = 200;

    // The pages have the setting.
    private readonly string? _traceUrl = configuration["Insights:Pages:TraceUrl"];

    /// <summary>Sends what is due.</summary>
    public async Task SendDueAsync(CancellationToken cancellationToken)
    {
        var channels = NotificationChannels.List(options.Value);
        if (channels.Count == 0)
        {
            return;
        }

        var due = await store.ClaimAsync(channels, time.GetUtcNow(), cancellationToken);
        var alertmanager = due.Where(notification => notification.Channel == NotificationChannels.Alertmanager).ToList();
        if (alertmanager.Count > 0)
        {
            await SendAsync(alertmanager, CreateAlertmanagerRequest(alertmanager), cancellationToken);
        }

        foreach (var notification in due.Except(alertmanager))
        {
            var webhook = NotificationChannels.GetWebhook(options.Value, notification.Channel);
            var request = WebhookMessage.CreateRequest(webhook, notification, _traceUrl, time.GetUtcNow());
            await SendAsync([notification], request, cancellationToken);
        }
    }

    private HttpRequestMessage CreateAlertmanagerRequest(IEnumerable<Notification> notifications) =>
        AlertmanagerMessage.CreateRequest(options.Value.Alertmanager, notifications, _traceUrl, time.GetUtcNow());

    private async Task SendAsync(IReadOnlyList<Notification> notifications, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string? error = null;
        using (request)
        {
            try
            {
                using var client = clients.CreateClient(ClientName);
                using var response = await client.SendAsync(request, cancellationToken);
                error = response.IsSuccessStatusCode ? null : $"The status is {(int)response.StatusCode}.";
            }
#pragma warning disable CA1031 // Whatever the reason, the next attempt comes later, and the other notifications are sent.
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                error = exception.Message;
            }
        }

        foreach (var notification in notifications)
        {
            await SetResultAsync(notification, error, cancellationToken);
        }
    }

    private Task SetResultAsync(Notification notification, string? error, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        // An Alertmanager takes an alert for resolved when it no longer arrives.
        var repeats = notification is { Channel: NotificationChannels.Alertmanager, IsResolved: false };
        if (error is null)
        {
            return store.SetSentAsync(
                notification, now, repeats ? now + options.Value.Alertmanager.ResendInterval : null, cancellationToken);
        }

        error = error.Length <= MaxErrorLength ? error : error[..MaxErrorLength];
        var isLast = notification.Attempt >= MaxAttempts && !repeats;
        log.NotificationFailed(notification.Channel, notification.State, notification.Alert.Rule, notification.Attempt, error);
        return store.SetFailedAsync(notification, error, isLast, now, cancellationToken);
    }
}

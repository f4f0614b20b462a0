namespace Shop.Insights.Alerts.Notifications;

/// <summary>Where alerts are sent.</summary>
internal static class NotificationChannels
{
    /// <summary>The name of the channel to the Alertmanager.</summary>
    public const string Alertmanager = "alertmanager";

    private const string WebhookPrefix = "webhook:";

    /// <summary>Returns the names of the configured channels.</summary>
    public static IReadOnlyList<string> List(AlertOptions options) =>
    [
        .. options.Alertmanager.Url is null ? Array.Empty<string>() : [Alertmanager],
        .. options.Webhooks.Keys.Select(name => WebhookPrefix + name),
    ];

    /// <summary>Returns the webhook of a channel.</summary>
    public static WebhookOptions GetWebhook(AlertOptions options, string channel) => options.Webhooks[channel[WebhookPrefix.Length..]];
}

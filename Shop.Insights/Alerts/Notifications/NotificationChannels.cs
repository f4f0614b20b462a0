namespace Shop.Insights.Alerts.Notifications;

/// <summary>The webhooks that alerts are sent to.</summary>
internal static class NotificationChannels
{
    /// <summary>The begin of the name of a webhook's channel.</summary>
    public const string WebhookPrefix = "webhook:";

    /// <summary>Returns the names of the configured channels.</summary>
    public static IReadOnlyList<string> List(AlertOptions options) => [.. options.Webhooks.Keys.Select(name => WebhookPrefix + name)];

    /// <summary>Returns the webhook of a channel.</summary>
    public static WebhookOptions GetWebhook(AlertOptions options, string channel) => options.Webhooks[channel[WebhookPrefix.Length..]];
}

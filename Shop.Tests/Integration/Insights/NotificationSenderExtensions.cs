using Shop.Insights.Alerts.Notifications;

namespace Shop.Tests.Integration.Insights;

/// <summary>Sends once what <see cref="NotificationWorker"/> sends in intervals.</summary>
internal static class NotificationSenderExtensions
{
    public static Task SendAllDueAsync(this NotificationSender sender) =>
        Task.WhenAll(sender.Channels.Select(channel => sender.SendDueAsync(channel, CancellationToken.None)));

    public static Task SendAllDueAsync(this AlertmanagerSender sender) =>
        Task.WhenAll(sender.Urls.Select(url => sender.SendDueAsync(url, CancellationToken.None)));
}

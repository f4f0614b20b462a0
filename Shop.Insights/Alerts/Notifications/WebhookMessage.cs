using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shop.Insights.Traces;

namespace Shop.Insights.Alerts.Notifications;

/// <summary>
/// An alert as a message of Slack's incoming webhooks (<c>text</c> and <c>blocks</c>), signed as the webhooks of payments are:
/// <c>Shop-Timestamp: TIMESTAMP</c>, in seconds since 1970, and <c>Shop-Signature: v1=HEX</c>, where HEX is the HMAC-SHA256 of
/// <c>TIMESTAMP.BODY</c>.
/// </summary>
internal static class WebhookMessage
{
    /// <summary>The header with the id of the message, which is the same for each attempt.</summary>
    public const string IdHeader = "Shop-Delivery";

    /// <summary>The header with the time of the signature.</summary>
    public const string TimestampHeader = "Shop-Timestamp";

    /// <summary>The header with the signature.</summary>
    public const string SignatureHeader = "Shop-Signature";

    // Slack accepts 3,000 characters in a section.
    private const int MaxLinksLength = 2900;

    /// <summary>Creates the request.</summary>
    public static HttpRequestMessage CreateRequest(
        WebhookOptions webhook, Notification notification, TraceOptions traces, DateTimeOffset now)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(CreateBody(notification, traces));
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(webhook.Url))
        {
            Headers = { { IdHeader, notification.Id } },
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        if (webhook.Secret is { } secret)
        {
            var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            byte[] signed = [.. Encoding.ASCII.GetBytes($"{timestamp}."), .. body];
            request.Headers.Add(TimestampHeader, timestamp);
            request.Headers.Add(
                SignatureHeader, $"v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))}");
        }

        return request;
    }

    private static object CreateBody(Notification notification, TraceOptions traces)
    {
        var alert = notification.Alert;
        var title = notification.IsResolved ? "Resolved" : alert.Severity.ToString();
        var (verb, at) = notification.IsResolved ? ("Ended", alert.ResolvedAt) : ("Began", alert.FiredAt);
        var links = string.Join(", ", alert.TraceIds.Select(traceId =>
            traces.GetUrl(traceId) is { } link
                ? $"<{EscapeLink(link)}|{Escape(traceId[..Math.Min(8, traceId.Length)])}>"
                : Escape(traceId)));
        var text = links.Length <= MaxLinksLength ? links : string.Join(", ", alert.TraceIds.Select(Escape));
        return new
        {
            text = $"{title}: {Escape(alert.Summary)} ({Escape(alert.Subject)})",
            blocks = new object[]
            {
                CreateSection($"*{title}: {Escape(alert.Summary)}*\n`{Escape(alert.Subject)}`\n{Escape(alert.Explanation)}"),
                CreateSection(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{verb} {at:yyyy-MM-dd HH:mm:ss} UTC, highest {alert.Peak:0}\nTraces: {(text.Length == 0 ? "none" : text)}")),
            },
        };
    }

    private static object CreateSection(string text) => new { type = "section", text = new { type = "mrkdwn", text } };

    // These characters end a link of Slack.
    private static string EscapeLink(string link) => link
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "%3C", StringComparison.Ordinal)
        .Replace(">", "%3E", StringComparison.Ordinal)
        .Replace("|", "%7C", StringComparison.Ordinal);

    // Slack takes these characters for markup.
    private static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal);
}

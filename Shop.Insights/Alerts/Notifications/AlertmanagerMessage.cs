using System.Globalization;
using Shop.Insights.Traces;

namespace Shop.Insights.Alerts.Notifications;

/// <summary>Alerts as Alertmanager expects them: <c>POST /api/v2/alerts</c>.</summary>
internal static class AlertmanagerMessage
{
    // As Prometheus does: an alert ends by itself when this many repetitions did not arrive.
    private const int MissedRepetitions = 4;

    /// <summary>Creates a request with all alerts. Alertmanager groups them by their labels.</summary>
    public static HttpRequestMessage CreateRequest(
        Uri url, AlertmanagerOptions options, IEnumerable<Notification> notifications, TraceOptions traces, DateTimeOffset now) =>
        new(HttpMethod.Post, new Uri($"{url.AbsoluteUri.TrimEnd('/')}/api/v2/alerts"))
        {
            Content = JsonContent.Create(notifications.Select(notification =>
            {
                var alert = notification.Alert;
                return new
                {
                    labels = new Dictionary<string, string>
                    {
                        ["alertname"] = alert.Rule,
                        ["severity"] = alert.Severity.ToString().ToLowerInvariant(),
                        ["service"] = "insights",
                        ["subject"] = alert.Subject,
                    },
                    annotations = GetAnnotations(alert, traces),
                    startsAt = alert.FiredAt,
                    endsAt = notification.IsResolved ? alert.ResolvedAt : now + (MissedRepetitions * options.ResendInterval),
                };
            })),
        };

    private static Dictionary<string, string> GetAnnotations(Alert alert, TraceOptions traces)
    {
        var annotations = new Dictionary<string, string> { ["summary"] = alert.Summary, ["description"] = alert.Explanation };
        foreach (var (traceId, index) in alert.TraceIds.Select((traceId, index) => (traceId, index)))
        {
            annotations[string.Create(CultureInfo.InvariantCulture, $"trace_{index + 1}")] = traces.GetUrl(traceId) ?? traceId;
        }

        return annotations;
    }
}

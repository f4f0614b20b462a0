using System.Net.Http.Headers;
using System.Text;

namespace Shop.Insights.Alerts.Notifications;

/// <summary>The HTTP client of notifications.</summary>
internal static class NotificationClient
{
    /// <summary>The name of the client.</summary>
    public const string Name = "alerts";

    private const int MaxErrorLength = 200;

    // Enough to say why a message was not accepted, as Slack does.
    private const int MaxBodyLength = 100;

    // HttpClient waits for the headers only, and a body may never end. Both together are less than the time after which the server ends
    // the transaction of an Alertmanager, which is 15 s.
    private static readonly TimeSpan _bodyTimeout = TimeSpan.FromSeconds(1);

    // A receiver that asks for more, by mistake, would not be told of alerts for as long.
    private static readonly TimeSpan _maxRetryAfter = TimeSpan.FromMinutes(5);

    // Less than the time after which another replica sends it to a webhook.
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(10);

    /// <summary>Adds the client.</summary>
    public static void AddNotificationClient(this IServiceCollection services) => services
        .AddHttpClient(Name, client => client.Timeout = _timeout)
        // A redirected POST becomes a GET without the message, whose success would count as that of the message. Its signature would go to
        // an address that nobody has configured.
        .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false });

    /// <summary>Sends a request.</summary>
    /// <returns>Why it was not accepted; null if it was.</returns>
    public static async Task<NotificationFailure?> SendNotificationAsync(
        this IHttpClientFactory clients, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (request)
        {
            try
            {
                using var client = clients.CreateClient(Name);
                using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                return response.IsSuccessStatusCode
                    ? null
                    : new(
                        $"The status is {(int)response.StatusCode}. {await ReadBeginAsync(response.Content, cancellationToken)}".Trim(),
                        GetRetryAfter(response.Headers.RetryAfter, DateTimeOffset.UtcNow));
            }
#pragma warning disable CA1031 // Whatever the reason, the next attempt comes later, and the other notifications are sent.
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                var error = exception.Message;
                return new(error.Length <= MaxErrorLength ? error : error[..MaxErrorLength], null);
            }
        }
    }

    // RFC 9110, section 10.2.3.
    private static TimeSpan? GetRetryAfter(RetryConditionHeaderValue? header, DateTimeOffset now) =>
        (header?.Delta ?? header?.Date - now) is { } delay
            ? TimeSpan.FromTicks(Math.Clamp(delay.Ticks, TimeSpan.TicksPerSecond, _maxRetryAfter.Ticks))
            : null;

    private static async Task<string> ReadBeginAsync(HttpContent content, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_bodyTimeout);
        try
        {
            await using var body = await content.ReadAsStreamAsync(timeout.Token);
            var bytes = new byte[MaxBodyLength];
            var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, timeout.Token);
            var text = Encoding.UTF8.GetString(bytes, 0, length);
            return new([.. text.Select(character => char.IsControl(character) ? ' ' : character)]);
        }
        catch (Exception exception) when (
            exception is OperationCanceledException or IOException or HttpRequestException && !cancellationToken.IsCancellationRequested)
        {
            // The status and Retry-After are known.
            return "";
        }
    }
}

/// <summary>Why a request was not accepted.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="RetryAfter">The time that the receiver asks to wait for, from 1 s to 5 min; null if it does not.</param>
internal sealed record NotificationFailure(string Reason, TimeSpan? RetryAfter);

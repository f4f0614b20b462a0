namespace Shop.Insights.Alerts.Notifications;

/// <summary>The HTTP client of notifications.</summary>
internal static class NotificationClient
{
    /// <summary>The name of the client.</summary>
    public const string Name = "alerts";

    private const int MaxErrorLength = 200;

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
    public static async Task<string?> SendNotificationAsync(
        this IHttpClientFactory clients, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (request)
        {
            try
            {
                using var client = clients.CreateClient(Name);
                using var response = await client.SendAsync(request, cancellationToken);
                return response.IsSuccessStatusCode ? null : $"The status is {(int)response.StatusCode}.";
            }
#pragma warning disable CA1031 // Whatever the reason, the next attempt comes later, and the other notifications are sent.
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                var error = exception.Message;
                return error.Length <= MaxErrorLength ? error : error[..MaxErrorLength];
            }
        }
    }
}

using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.Tests.Integration.Support;

/// <summary>Sends payment webhooks to Orders, as the payment provider or as an attacker without its key.</summary>
internal sealed class PaymentProviderClient(ShopApp shop)
{
    public async Task<string> KeyAsync() =>
        (await shop.App.Services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<ParameterResource>()
            .Single(parameter => parameter.Name == "payment-webhook-key").GetValueAsync(CancellationToken.None))!;

    public static string Body(Guid orderId, string outcome = "accepted", long amount = 1500, string currency = "EUR") =>
        JsonSerializer.Serialize(new { orderId, amount = new { amount, currency }, outcome });

    /// <summary>Creates a webhook request with a signature over its timestamp and body.</summary>
    public async Task<HttpRequestMessage> SignedAsync(string body, DateTimeOffset? at = null, string? key = null)
    {
        var timestamp = (at ?? DateTimeOffset.UtcNow).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(key ?? await KeyAsync()), Encoding.UTF8.GetBytes($"{timestamp}.{body}"));
        return new HttpRequestMessage(HttpMethod.Post, "/payment/confirm")
        {
            Headers = { { "Payment-Timestamp", timestamp }, { "Payment-Signature", $"v1={Convert.ToHexString(hash)}" } },
            Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
        };
    }

    /// <summary>Signs a webhook and sends it.</summary>
    public async Task<WebhookResponse> CallAsync(string body, DateTimeOffset? at = null, string? key = null)
    {
        using var request = await SignedAsync(body, at, key);
        return await SendAsync(request);
    }

    public async Task<WebhookResponse> SendAsync(HttpRequestMessage request)
    {
        using var response = await shop.Orders.SendAsync(request);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>();
        var found = body.TryGetProperty("code", out var result) || body.TryGetProperty("status", out result);
        return new((int)response.StatusCode, found ? result.ToString() : "");
    }
}

/// <summary>Response to a payment webhook.</summary>
/// <param name="Status">The HTTP status code.</param>
/// <param name="Result">The problem code, or the status of the order.</param>
internal sealed record WebhookResponse(int Status, string Result);

using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;

namespace Shop.Tests.Integration.Support;

/// <summary>The payment provider as it calls back, or somebody who would like to be it.</summary>
internal sealed class Provider(ShopApp shop)
{
    public async Task<string> KeyAsync() =>
        (await shop.App.Services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<ParameterResource>()
            .Single(parameter => parameter.Name == "payment-webhook-key").GetValueAsync(CancellationToken.None))!;

    public static string Body(Guid orderId, string outcome = "accepted", long amount = 1500, string currency = "EUR") =>
        JsonSerializer.Serialize(new { orderId, amount = new { amount, currency }, outcome });

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

    public async Task<CallBackAnswer> CallAsync(string body, DateTimeOffset? at = null, string? key = null)
    {
        using var request = await SignedAsync(body, at, key);
        return await SendAsync(request);
    }

    public async Task<CallBackAnswer> SendAsync(HttpRequestMessage request)
    {
        using var response = await shop.Orders.SendAsync(request);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        return new((int)response.StatusCode, (answer.TryGetProperty("code", out var code) || answer.TryGetProperty("status", out code) ? code : default).ToString());
    }
}

/// <summary>The status, and the code of the refusal or where the order is now.</summary>
internal sealed record CallBackAnswer(int Status, string Word);

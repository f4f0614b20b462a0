using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Shop.Tests.Integration;

/// <summary>
/// Somebody who shops, through the public HTTP API alone, in one trace. The visitor plays the edge: it says whose journey this is,
/// and whether the trace is kept.
/// </summary>
internal sealed class Visitor(ShopApp shop, string? traceId = null, bool kept = true, string? traceState = null, bool announced = true)
{
    public string CartId { get; } = Guid.NewGuid().ToString("n");

    /// <summary>The trace that all of the visitor's requests belong to, 32 hexadecimal digits.</summary>
    public string TraceId { get; } = traceId ?? Guid.NewGuid().ToString("n");

    /// <summary>The visitor's own span, which every first span in a service has for a parent.</summary>
    public string SpanId { get; } = Guid.NewGuid().ToString("n")[..16];

    /// <summary>As the edge would have given them to this visitor.</summary>
    public string SessionId { get; } = Guid.NewGuid().ToString("n");

    public string JourneyId { get; } = Guid.NewGuid().ToString("n");

    public bool IsKept => kept;

    public async Task<int> AvailableAsync(string sku) =>
        (await GetAsync(shop.Catalog, $"/api/v1/products/{sku}")).GetProperty("available").GetInt32();

    public async Task PutAsync(string sku, int quantity)
    {
        using var response = await TryPutAsync(sku, quantity);
        response.EnsureSuccessStatusCode();
    }

    public Task<HttpResponseMessage> TryPutAsync(string sku, int quantity) =>
        SendAsync(shop.Cart, HttpMethod.Put, $"/api/v1/carts/{CartId}/lines/{sku}", new { quantity });

    public async Task<int> LinesInCartAsync() =>
        (await GetAsync(shop.Cart, $"/api/v1/carts/{CartId}")).GetProperty("lines").GetArrayLength();

    public Task<HttpResponseMessage> TryCheckOutAsync(string cardToken = "tok_ok", string? key = null, int? expectedTotal = null) =>
        SendAsync(shop.Cart, HttpMethod.Post, $"/api/v1/carts/{CartId}/checkout", new
        {
            recipient = new { name = "Ada Example", address = "1 Analytical Row, London", email = "ada@example.org" },
            payment = new { cardToken },
            expectedTotal = expectedTotal is { } amount ? new { amount, currency = "EUR" } : null,
        }, key ?? Guid.NewGuid().ToString("n"));

    /// <summary>Checks out and returns the path of the order.</summary>
    public async Task<string> CheckOutAsync(string cardToken = "tok_ok")
    {
        using var response = await TryCheckOutAsync(cardToken);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return response.Headers.Location!.ToString();
    }

    /// <summary>Waits until the order is settled, one way or the other.</summary>
    public Task<(string Status, string? Reason)> SettledAsync(string order) => Eventually.ReadAsync(
        async () =>
        {
            using var response = await SendAsync(shop.Orders, HttpMethod.Get, order);
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                return ("not stored yet", null);
            }

            var body = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
            return (body.GetProperty("status").GetString()!, body.GetProperty("reason").GetString());
        },
        reached: x => x.Item1 is "Confirmed" or "Rejected");

    private async Task<JsonElement> GetAsync(HttpClient service, string path)
    {
        using var response = await SendAsync(service, HttpMethod.Get, path);
        return await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpClient service, HttpMethod method, string path, object? body = null, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (announced)
        {
            request.Headers.Add("traceparent", $"00-{TraceId}-{SpanId}-{(kept ? "01" : "00")}");
            request.Headers.Add("baggage", $"session.id={SessionId},shop.journey.id={JourneyId},shop.user.segment=returning");
        }

        if (traceState is not null)
        {
            request.Headers.Add("tracestate", traceState);
        }

        if (body is not null)
        {
            request.Content = JsonContent.Create(body);
        }

        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        return await service.SendAsync(request);
    }
}

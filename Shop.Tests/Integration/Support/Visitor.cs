using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Shop.Tests.Integration.Support;

/// <summary>
/// A customer who uses the public HTTP API only, in one trace. The visitor takes the part of a service at the edge: it sets the session,
/// the journey and the sampling decision, and has the service key.
/// </summary>
/// <param name="shop">The application.</param>
/// <param name="traceId">The trace id, 32 hexadecimal digits; a random one by default.</param>
/// <param name="sampled">The sampled flag of <c>traceparent</c>.</param>
/// <param name="traceState">The <c>tracestate</c> header.</param>
/// <param name="propagate">Whether requests carry trace context and baggage at all.</param>
internal sealed class Visitor(ShopApp shop, string? traceId = null, bool sampled = true, string? traceState = null, bool propagate = true)
{
    public string CartId { get; } = Guid.NewGuid().ToString("n");

    /// <summary>The trace of all requests, 32 hexadecimal digits.</summary>
    public string TraceId { get; } = traceId ?? Guid.NewGuid().ToString("n");

    /// <summary>The id of the visitor's own span, the parent of the first span in each service that it calls.</summary>
    public string SpanId { get; } = Guid.NewGuid().ToString("n")[..16];

    public string SessionId { get; } = Guid.NewGuid().ToString("n");

    public string JourneyId { get; } = Guid.NewGuid().ToString("n");

    public bool IsSampled => sampled;

    /// <summary>A client of the cart service with the token of a member; without it, the visitor checks out as a guest.</summary>
    public HttpClient? Member { get; set; }

    public async Task<int> AvailableAsync(string sku) =>
        (await GetAsync(shop.Catalog, $"/api/v1/products/{sku}")).GetProperty("available").GetInt32();

    /// <summary>
    /// Sets the quantity of a product in the cart, until the response shows its price: otherwise a checkout requires the total. A busy
    /// machine may take longer than Cart waits for prices.
    /// </summary>
    public Task PutAsync(string sku, int quantity) => Eventually.ReadAsync(
        async () =>
        {
            using var response = await TryPutAsync(sku, quantity);
            var line = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
            return line.GetProperty("unitPrice").ValueKind;
        },
        price => price is JsonValueKind.Object);

    public Task<HttpResponseMessage> TryPutAsync(string sku, int quantity) =>
        SendAsync(shop.Cart, HttpMethod.Put, $"/api/v1/carts/{CartId}/lines/{sku}", new { quantity });

    /// <summary>Reads the cart for a page that shows something else.</summary>
    public Task ReadCartWithoutViewingAsync() => GetAsync(shop.Cart, $"/api/v1/carts/{CartId}?viewed=false");

    public async Task<int> LinesInCartAsync() =>
        (await GetAsync(shop.Cart, $"/api/v1/carts/{CartId}")).GetProperty("lines").GetArrayLength();

    public Task<HttpResponseMessage> TryCheckOutAsync(
        string? cardToken = "tok_ok", string? key = null, int? expectedTotal = null, string? replaces = null) =>
        SendAsync(
            Member ?? shop.Cart,
            HttpMethod.Post,
            $"/api/v1/carts/{CartId}/checkout",
            new
            {
                recipient = new { name = "Ada Example", address = "1 Analytical Row, London", email = "ada@example.org" },
                payment = cardToken is null ? null : new { cardToken },
                expectedTotal = expectedTotal is { } amount ? new { amount, currency = "EUR" } : null,
                replaces,
            },
            key ?? Guid.NewGuid().ToString("n"));

    /// <summary>Checks out, asserts that the checkout was accepted, and returns the path of the order.</summary>
    public async Task<string> CheckOutAsync(string cardToken = "tok_ok")
    {
        using var response = await TryCheckOutAsync(cardToken);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return response.Headers.Location!.ToString();
    }

    /// <summary>Waits until the order is confirmed or rejected.</summary>
    public Task<(string Status, string? Reason)> WaitForOutcomeAsync(string order) => Eventually.ReadAsync(
        async () =>
        {
            // The Location of a checkout leads to the storefront. Orders is asked directly, so that the trace has the three services.
            using var response = await SendAsync(
                shop.Orders, HttpMethod.Get, new Uri(shop.Orders.BaseAddress!, order).PathAndQuery);
            // An overloaded machine answers 503, after which a client asks again.
            if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.ServiceUnavailable)
            {
                return ("not available yet", null);
            }

            var body = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
            return (body.GetProperty("status").GetString()!, body.GetProperty("reason").GetString());
        },
        reached: order => order.Item1 is "Confirmed" or "Rejected");

    private async Task<JsonElement> GetAsync(HttpClient service, string path)
    {
        using var response = await SendAsync(service, HttpMethod.Get, path);
        return await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpClient service, HttpMethod method, string path, object? body = null, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (propagate)
        {
            request.Headers.Add("Shop-Service-Key", await shop.ServiceKeyAsync());
            request.Headers.Add("traceparent", $"00-{TraceId}-{SpanId}-{(sampled ? "01" : "00")}");
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

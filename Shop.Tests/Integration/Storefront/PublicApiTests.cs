using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Storefront;

/// <summary>An app that uses the shop through its public host.</summary>
[Collection(WholeApplication.Name)]
public sealed class PublicApiTests(ShopApp shop)
{
    private readonly HttpClient _shop = shop.App.CreateHttpClient("storefront", "http");

    [Fact]
    public async Task App_buys_through_the_public_host_in_one_session()
    {
        var sku = await shop.AnyProductAsync();
        var cart = $"/api/v1/carts/{Guid.NewGuid():n}";
        var (line, session) = await SendAsync(HttpMethod.Put, $"{cart}/lines/{sku}", "", new { quantity = 1 });
        Assert.Equal(HttpStatusCode.OK, line.StatusCode);

        var (accepted, _) = await SendAsync(HttpMethod.Post, $"{cart}/checkout", session, new
        {
            recipient = new { name = "Ada Example", address = "1 Analytical Row, London", email = "ada@example.org" },
            payment = new { cardToken = "tok_ok" },
        });

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var order = accepted.Headers.Location!.OriginalString;
        Assert.StartsWith("/api/v1/orders/", order, StringComparison.Ordinal);
        var status = await Eventually.ReadAsync(
            async () =>
            {
                var (response, _) = await SendAsync(HttpMethod.Get, order, session);
                using (response)
                {
                    return response.StatusCode == HttpStatusCode.NotFound
                        ? "not stored yet"
                        : (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString();
                }
            },
            status => status is "Confirmed" or "Rejected");
        Assert.Equal("Confirmed", status);
        line.Dispose();
        accepted.Dispose();
    }

    [Fact]
    public async Task Missing_sign_in_is_one_jump_in_the_trace_of_the_edge_and_the_service()
    {
        var (response, _) = await SendAsync(HttpMethod.Get, "/api/v1/admin/orders", "");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        var traceId = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("traceId").GetString()!;
        var jumps = await Eventually.ReadAsync(
            async () => (await shop.Telemetry.TraceLogsAsync(traceId)).Where(record => record.EventName == "api.unauthorized").ToList(),
            jumps => jumps.Count > 0);
        var jump = Assert.Single(jumps);
        Assert.Equal("storefront", jump.Service);
        Assert.Equal("/api/v1/admin/orders/:rest", jump.Attributes["shop.jump.from"]);
        Assert.Equal(response.Headers.GetValues("X-Request-Id").Single(), jump.Attributes["shop.request.id"]);
        response.Dispose();
    }

    private async Task<(HttpResponseMessage Response, string Session)> SendAsync(
        HttpMethod method, string path, string session, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("X-Shop-Session", session);
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString("n"));
        request.Content = body is null ? null : JsonContent.Create(body);
        var response = await _shop.SendAsync(request);
        return (response, response.Headers.TryGetValues("X-Shop-Session", out var next) ? next.Single() : session);
    }
}

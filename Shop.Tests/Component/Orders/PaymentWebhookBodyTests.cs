using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Orders;

public class PaymentWebhookBodyTests
{
    private static readonly string _key = new('w', 48);

    [Theory]
    [InlineData("""{"orderId":7,"outcome":"accepted"}""", "errors", "orderId")]
    [InlineData("""{"amount":{"amount":"much","currency":"EUR"}}""", "errors", "amount.amount")]
    [InlineData("""{"outcome":"perhaps"}""", "errors", "outcome")]
    [InlineData("""{"amount":{"amount":"3","currency":"EUR"}}""", "errors", "amount.amount")]
    [InlineData("accepted", "detail", "Line 1, byte 1.")]
    public async Task Signed_webhook_that_cannot_be_read_is_explained(string body, string member, string expected)
    {
        using var orders = InProcessService.Start("orders", settings: ("Payment:Webhook:Key", _key));
        using var request = CreateSignedRequest(body);

        using var response = await orders.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Contains(expected, problem.RootElement.GetProperty(member).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signed_webhooks_and_visitors_do_not_use_up_the_limit_of_webhooks()
    {
        using var orders = InProcessService.Start(
            "orders",
            settings:
            [
                ("Payment:Webhook:Key", _key),
                ("Shop:RequestLimits:Address:RequestsPerSecond", "1"),
                ("Shop:RequestLimits:Address:Burst", "2"),
            ]);
        var visitor = new List<HttpStatusCode>();
        for (var i = 0; i < 10; i++)
        {
            using var response = await orders.Client.GetAsync("/api/nowhere");
            visitor.Add(response.StatusCode);
        }

        Assert.Contains(HttpStatusCode.TooManyRequests, visitor);
        for (var i = 0; i < 10; i++)
        {
            using var request = CreateSignedRequest("{}");
            using var response = await orders.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
    }

    [Fact]
    public async Task Unsigned_webhooks_are_limited_by_address()
    {
        using var orders = InProcessService.Start(
            "orders",
            settings: [("Shop:RequestLimits:Address:RequestsPerSecond", "1"), ("Shop:RequestLimits:Address:Burst", "2")]);
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 10; i++)
        {
            using var body = new StringContent("{}", Encoding.UTF8, "application/json");
            using var response = await orders.Client.PostAsync("/payment/confirm", body);
            statuses.Add(response.StatusCode);
        }

        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized], statuses[..2]);
        Assert.Contains(HttpStatusCode.TooManyRequests, statuses);
    }

    private static HttpRequestMessage CreateSignedRequest(string body)
    {
        var timestamp = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(_key), Encoding.UTF8.GetBytes($"{timestamp}.{body}"));
        return new HttpRequestMessage(HttpMethod.Post, "/payment/confirm")
        {
            Headers = { { "Payment-Timestamp", timestamp }, { "Payment-Signature", $"v1={Convert.ToHexStringLower(hash)}" } },
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
    }
}

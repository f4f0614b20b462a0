using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

/// <summary>Control characters in the texts of requests.</summary>
public class RequestTextTests
{
    private static readonly string _signingKey = Convert.ToBase64String(new byte[32]);

    [Theory]
    [InlineData("recipient.name", "\r", "\n", "\0", "\t", "\u001B", "\u0085", "\u2028")]
    [InlineData("recipient.email", "\r", "\n", "\0", "\t", "\u001B", "\u0085", "\u2028")]
    [InlineData("recipient.address", "\0", "\t", "\u001B", "\u0085")]
    [InlineData("payment.cardToken", "\r", "\n", "\0", "\t", "\u001B", "\u0085", "\u2028")]
    public async Task Control_character_in_a_checkout_is_invalid(string name, params string[] characters)
    {
        using var service = InProcessService.Start("cart");
        foreach (var value in characters.SelectMany(text => (string[])[$"x{text}y@example.org", $"x@example.org{text}"]))
        {
            string Value(string other, string valid) => name == other ? value : valid;
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/carts/c/checkout")
            {
                Headers = { { "Idempotency-Key", "k" } },
                Content = JsonContent.Create(new
                {
                    recipient = new
                    {
                        name = Value("recipient.name", "Ada"),
                        address = Value("recipient.address", "1 Row\r\nLondon\nUK"),
                        email = Value("recipient.email", "ada@example.org"),
                    },
                    payment = new { cardToken = Value("payment.cardToken", "tok_ok") },
                }),
            };
            await AssertInvalidAsync(service, request, name);
        }
    }

    [Theory]
    [InlineData("/api/v1/orders", "cancel")]
    [InlineData("/api/v1/admin/orders", "refund")]
    public async Task Control_character_in_a_reason_is_invalid(string orders, string change)
    {
        using var service = InProcessService.Start("orders", settings: BearerTokens.Settings(_signingKey));
        foreach (var reason in (string[])["changed_mind\n", "changed\0mind", "changed_mind\r\n"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{orders}/{Guid.NewGuid()}/{change}")
            {
                Headers = { Authorization = new("Bearer", BearerTokens.Create(_signingKey, "staff")) },
                Content = JsonContent.Create(new { reason }),
            };
            await AssertInvalidAsync(service, request, "reason");
        }
    }

    private static async Task AssertInvalidAsync(InProcessService service, HttpRequestMessage request, string name)
    {
        using var response = await service.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{response.StatusCode} {text}");
        using var problem = JsonDocument.Parse(text);
        Assert.Equal(name, Assert.Single(problem.RootElement.GetProperty("errors").EnumerateObject()).Name);
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>Validation that every service shares.</summary>
[Collection(WholeApplication.Name)]
public sealed class ValidationTests(ShopApp shop)
{
    [Theory]
    [InlineData("XQZ")]
    [InlineData("eur")]
    [InlineData("")]
    [InlineData(null)]
    public async Task Expected_total_in_a_currency_that_does_not_exist_is_invalid(string? currency)
    {
        var visitor = new Visitor(shop);
        await visitor.PutAsync(await new CatalogAdminClient(shop).AddAsync(onHand: 1), quantity: 1);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/carts/{visitor.CartId}/checkout")
        {
            Headers = { { "Idempotency-Key", "k" } },
            Content = JsonContent.Create(new
            {
                recipient = new { name = "Ada Example", address = "1 Row", email = "ada@example.org" },
                payment = new { cardToken = "tok_ok" },
                expectedTotal = new { amount = 1500, currency },
            }),
        };

        using var response = await shop.Cart.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(problem.GetProperty("errors").TryGetProperty("expectedTotal", out _), problem.ToString());
    }
}

using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>The spans of the whole application in Insights.</summary>
[Collection(WholeApplication.Name)]
public sealed class SpansOfShopTests(ShopApp shop)
{
    private static readonly string[] _expected =
    [
        "clients/clients > service/storefront", "service/storefront > service/catalog", "service/storefront > service/cart",
        "service/catalog > database/postgresql", "service/cart > database/redis",
    ];

    [Fact]
    public async Task Calls_of_a_visit_are_on_the_map_of_services_within_seconds()
    {
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 5);
        using var storefront = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = shop.App.GetEndpoint("storefront", "http"),
        };
        var browser = new ScriptlessBrowser(storefront);
        var page = await browser.OpenAsync($"/products/{sku}");
        await browser.SubmitAsync(page, "#add-to-cart", ("quantity", "1"));
        var left = DateTimeOffset.UtcNow;
        using var staff = shop.CreateStaffClient("insights", "http");

        // As one text, which a failure shows.
        var edges = await Eventually.ReadAsync(
            async () => string.Join('\n', (await staff.GetFromJsonAsync<JsonElement>("/api/v1/map?last=15m"))
                .GetProperty("edges").EnumerateArray()
                .Select(edge => $"{edge.GetProperty("from").GetString()} > {edge.GetProperty("to").GetString()}")),
            edges => _expected.All(expected => edges.Contains(expected, StringComparison.Ordinal)));
        Assert.InRange(DateTimeOffset.UtcNow - left, TimeSpan.Zero, TimeSpan.FromSeconds(10));

        // It does not send its own, which would cause further ones.
        Assert.DoesNotContain("service/insights", edges, StringComparison.Ordinal);
    }
}

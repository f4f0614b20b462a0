using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Shop.Tests.Integration.Support;

/// <summary>A client of the catalog's admin API: creates and changes products and their stock.</summary>
internal sealed class CatalogAdminClient(ShopApp shop)
{
    private const string Products = "/api/v1/admin/products";

    public static string NewSku() => $"T-{Guid.NewGuid():n}"[..20].ToUpperInvariant();

    /// <summary>Creates a product and returns its SKU.</summary>
    public async Task<string> AddAsync(
        int onHand,
        string? sku = null,
        string name = "Test product",
        string description = "Made for a test.",
        string category = "tests",
        long price = 1500)
    {
        sku ??= NewSku();
        using var response = await CreateAsync(new { sku, name, description, category, price = Euros(price), onHand });
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return sku;
    }

    public Task<HttpResponseMessage> CreateAsync(object product) => shop.CatalogStaff.PostAsJsonAsync(Products, product);

    public async Task<(string ETag, JsonElement Product)> ReadAsync(string sku)
    {
        using var response = await shop.CatalogStaff.GetAsync($"{Products}/{sku}");
        response.EnsureSuccessStatusCode();
        return (response.Headers.ETag!.ToString(), await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    public async Task<HttpResponseMessage> UpdateAsync(string sku, string? etag, string name = "Changed", long price = 1600)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{Products}/{sku}")
        {
            Content = JsonContent.Create(new { name, description = "Changed.", category = "tests", price = Euros(price) }),
        };
        if (etag is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", etag);
        }

        return await shop.CatalogStaff.SendAsync(request);
    }

    public async Task<HttpResponseMessage> AdjustAsync(string sku, int delta, string key, string reason = "counted")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Products}/{sku}/stock/adjustments")
        {
            Headers = { { "Idempotency-Key", key } },
            Content = JsonContent.Create(new { delta, reason }),
        };
        return await shop.CatalogStaff.SendAsync(request);
    }

    public async Task<Level> StockAsync(string sku) => (await shop.CatalogStaff.GetFromJsonAsync<Level>($"{Products}/{sku}/stock"))!;

    private static object Euros(long amount) => new { amount, currency = "EUR" };
}

/// <summary>Stock of a product, in units.</summary>
internal sealed record Level(int OnHand, int Reserved, int Available);

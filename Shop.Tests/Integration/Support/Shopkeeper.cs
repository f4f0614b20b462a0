using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Shop.Tests.Integration.Support;

/// <summary>Somebody who works in the shop, through the admin API.</summary>
internal sealed class Shopkeeper(ShopApp shop)
{
    private const string Products = "/api/v1/admin/products";

    public static string NewSku() => $"T-{Guid.NewGuid():n}"[..20].ToUpperInvariant();

    public async Task<string> AddAsync(int onHand, string? sku = null, string name = "Test piece", string description = "Made for a test.", string category = "tests", long price = 1500)
    {
        sku ??= NewSku();
        using var response = await CreateAsync(new { sku, name, description, category, price = new { amount = price, currency = "EUR" }, onHand });
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return sku;
    }

    public Task<HttpResponseMessage> CreateAsync(object product) => shop.Catalog.PostAsJsonAsync(Products, product);

    public async Task<(string ETag, JsonElement Product)> ReadAsync(string sku)
    {
        using var response = await shop.Catalog.GetAsync($"{Products}/{sku}");
        response.EnsureSuccessStatusCode();
        return (response.Headers.ETag!.ToString(), await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    public async Task<HttpResponseMessage> UpdateAsync(string sku, string? etag, string name = "Changed", long price = 1600)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{Products}/{sku}")
        {
            Content = JsonContent.Create(new { name, description = "Changed.", category = "tests", price = new { amount = price, currency = "EUR" } }),
        };
        if (etag is not null)
            request.Headers.IfMatch.Add(EntityTagHeaderValue.Parse(etag));
        return await shop.Catalog.SendAsync(request);
    }

    public async Task<HttpResponseMessage> AdjustAsync(string sku, int delta, string key, string reason = "counted")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Products}/{sku}/stock/adjustments") { Content = JsonContent.Create(new { delta, reason }) };
        request.Headers.Add("Idempotency-Key", key);
        return await shop.Catalog.SendAsync(request);
    }

    public async Task<Level> StockAsync(string sku) => (await shop.Catalog.GetFromJsonAsync<Level>($"{Products}/{sku}/stock"))!;
}

internal sealed record Level(int OnHand, int Reserved, int Available);

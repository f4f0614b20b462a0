using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Catalog;

[Collection(WholeApplication.Name)]
public sealed class ProductListTests(ShopApp shop)
{
    private readonly CatalogAdminClient _admin = new(shop);

    [Theory]
    [InlineData("moka", "COF-0201")]
    [InlineData("MOK", "COF-0201")] // a prefix, in upper case
    [InlineData("grinders", "COF-0202")] // another form of the word
    [InlineData("grind coff", "COF-0202")] // words in different fields
    [InlineData("lighthouse", "PLY-0603")] // only in the description
    [InlineData("knife, (left)!", "KIT-0403")]
    public async Task Search_matches_prefixes_and_other_forms_of_words(string text, string sku) =>
        Assert.Contains(sku, await SkusAsync($"q={Uri.EscapeDataString(text)}"));

    [Fact]
    public async Task Match_in_the_name_ranks_above_match_in_the_description()
    {
        var word = $"word{Guid.NewGuid():n}"[..16];
        var inDescription = await _admin.AddAsync(1, description: $"It says {word}.");
        var inName = await _admin.AddAsync(1, name: $"A {word}");
        Assert.Equal([inName, inDescription], await SkusAsync($"q={word}"));
    }

    [Fact]
    public async Task Filters_and_sort_orders_can_be_combined()
    {
        var category = $"sorted-{Guid.NewGuid():n}"[..20];
        var b = await _admin.AddAsync(1, name: "banana", category: category, price: 300);
        var a = await _admin.AddAsync(1, name: "Apple", category: category, price: 200);
        var c = await _admin.AddAsync(1, name: "çedar", category: category, price: 100);

        Assert.Equal([a, b, c], await SkusAsync($"category={category}"));
        Assert.Equal([c, a, b], await SkusAsync($"category={category}&sort=price"));
        Assert.Equal([b, a, c], await SkusAsync($"category={category}&sort=-price"));
        Assert.Equal([c, a, b], await SkusAsync($"category={category}&sort=newest"));
        Assert.Equal([a, b], await SkusAsync($"category={category}&minPrice=200&maxPrice=300"));
        Assert.Equal([a], await SkusAsync($"category={category}&q=apple&maxPrice=250&sort=-price"));
    }

    [Fact]
    public async Task Categories_with_products_are_listed_in_alphabetical_order()
    {
        var category = $"listed-{Guid.NewGuid():n}"[..20];
        await _admin.AddAsync(1, category: category);
        await _admin.AddAsync(1, category: category);

        var list = await shop.Catalog.GetFromJsonAsync<JsonElement>("/api/v1/categories");

        var categories = list.GetProperty("items").EnumerateArray().Select(item => item.GetString()!).ToList();
        Assert.Single(categories, category);
        Assert.Equal(categories.Order(StringComparer.OrdinalIgnoreCase), categories);
    }

    [Theory]
    [InlineData("sort=name")]
    [InlineData("sort=price")]
    [InlineData("sort=-price")]
    [InlineData("sort=newest")]
    [InlineData("q=made&sort=relevance")]
    public async Task Pages_contain_every_product_once_while_products_are_added(string list)
    {
        var category = $"paged-{Guid.NewGuid():n}"[..20];
        // Six products each have the same name, price and rank, so that pages end between equal sort values.
        foreach (var number in Enumerable.Range(0, 12))
        {
            await _admin.AddAsync(1, name: $"Piece {number / 6}", category: category, price: 100 + number / 6);
        }

        var before = await SkusAsync($"category={category}&limit=100&{list}");
        Assert.Equal(12, before.Count);

        var (pages, after) = (new List<string>(), "");
        do
        {
            var page = await PageAsync($"category={category}&limit=5&{list}{after}");
            pages.AddRange(Skus(page));
            after = page.GetProperty("next").GetString() is { } next ? $"&after={next}" : null;
            await _admin.AddAsync(1, name: "Piece 0", category: category, price: 100);
        }
        while (after is not null);

        Assert.Equal(pages.Count, pages.Distinct().Count());
        Assert.Empty(before.Except(pages));
        Assert.Equal(before, pages.Where(before.Contains));
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("sort=age", "sort")]
    [InlineData("sort=relevance", "sort")]
    [InlineData("minPrice=-1", "minPrice")]
    [InlineData("minPrice=2&maxPrice=1", "maxPrice")]
    [InlineData("q=%00", "q")]
    [InlineData("category=%20x", "category")]
    [InlineData("category=a%00b", "category")]
    [InlineData("after=nonsense", "after")]
    [InlineData("after=MToA", "after")]
    public async Task Invalid_parameter_of_a_product_list_is_rejected_by_name(string query, string field)
    {
        using var rejected = await shop.Catalog.GetAsync($"/api/v1/products?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, rejected.StatusCode);
        var problem = await rejected.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), problem.ToString());
        Assert.NotEmpty(problem.GetProperty("traceId").GetString()!);
    }

    [Fact]
    public async Task Filter_without_a_value_is_an_absent_one()
    {
        var all = await PageAsync("limit=5");
        var form = await PageAsync("q=&category=&minPrice=&maxPrice=&sort=&after=&limit=5");
        Assert.NotEmpty(Skus(all));
        Assert.Equal(all.ToString(), form.ToString());
    }

    [Fact]
    public async Task Cursor_of_another_product_list_is_rejected()
    {
        var next = (await PageAsync("limit=1&sort=name")).GetProperty("next").GetString();
        Assert.Equal(HttpStatusCode.OK, (await shop.Catalog.GetAsync($"/api/v1/products?limit=7&sort=name&after={next}")).StatusCode);
        foreach (var other in (string[])["sort=price", "sort=name&category=bags", "sort=name&q=bag", "sort=name&maxPrice=1"])
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await shop.Catalog.GetAsync($"/api/v1/products?{other}&after={next}")).StatusCode);
        }
    }

    [Fact]
    public async Task Product_etag_changes_with_the_product_and_its_availability()
    {
        var sku = await _admin.AddAsync(onHand: 5);
        using var first = await shop.Catalog.GetAsync($"/api/v1/products/{sku}");
        var etag = first.Headers.ETag!.ToString();
        Assert.Equal(HttpStatusCode.NotModified, await GetStatusAsync(sku, etag));

        await new StockClient(shop).ReserveAsync((sku, 1));
        Assert.Equal(HttpStatusCode.OK, await GetStatusAsync(sku, etag)); // the availability changed

        using var second = await shop.Catalog.GetAsync($"/api/v1/products/{sku}");
        etag = second.Headers.ETag!.ToString();
        using var updated = await _admin.UpdateAsync(sku, "*");
        Assert.Equal(HttpStatusCode.OK, await GetStatusAsync(sku, etag)); // the product changed
    }

    private async Task<HttpStatusCode> GetStatusAsync(string sku, string etag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/products/{sku}") { Headers = { { "If-None-Match", etag } } };
        using var response = await shop.Catalog.SendAsync(request);
        return response.StatusCode;
    }

    private Task<JsonElement> PageAsync(string query) => shop.Catalog.GetFromJsonAsync<JsonElement>($"/api/v1/products?{query}");

    private async Task<IReadOnlyList<string>> SkusAsync(string query) => Skus(await PageAsync(query));

    private static List<string> Skus(JsonElement page) =>
        [.. page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("sku").GetString()!)];
}

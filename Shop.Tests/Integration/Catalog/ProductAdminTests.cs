using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Catalog;

[Collection(WholeApplication.Name)]
public sealed class ProductAdminTests(ShopApp shop)
{
    private readonly CatalogAdminClient _admin = new(shop);

    [Fact]
    public async Task Concurrent_update_of_the_same_version_is_rejected()
    {
        var sku = await _admin.AddAsync(onHand: 1);
        var (etag, _) = await _admin.ReadAsync(sku);

        var responses = await Task.WhenAll(_admin.UpdateAsync(sku, etag, "One"), _admin.UpdateAsync(sku, etag, "Two"));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.PreconditionFailed], responses.Select(response => response.StatusCode).Order());
        var updated = await responses.Single(response => response.IsSuccessStatusCode).Content.ReadFromJsonAsync<JsonElement>();
        var (currentETag, product) = await _admin.ReadAsync(sku);
        Assert.NotEqual(etag, currentETag);
        Assert.Equal(updated.GetProperty("name").GetString(), product.GetProperty("name").GetString());

        using var third = await _admin.UpdateAsync(sku, currentETag, "Three");
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Fact]
    public async Task Location_of_a_created_product_does_not_depend_on_the_host_of_the_request()
    {
        var sku = CatalogAdminClient.NewSku();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/admin/products")
        {
            Headers = { Host = "attacker.example" },
            Content = JsonContent.Create(new
            {
                sku,
                name = "Mug",
                description = "A mug.",
                category = "tests",
                price = new { amount = 1, currency = "EUR" },
                onHand = 1,
            }),
        };

        using var created = await shop.CatalogStaff.SendAsync(request);

        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal($"/api/v1/admin/products/{sku}", created.Headers.Location?.OriginalString);
        using var read = await shop.CatalogStaff.GetAsync(created.Headers.Location);
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
    }

    [Fact]
    public async Task Reservation_does_not_change_the_etag_that_an_update_requires()
    {
        var sku = await _admin.AddAsync(onHand: 5);
        var (etag, _) = await _admin.ReadAsync(sku);
        await new StockClient(shop).ReserveAsync((sku, 1));
        using var updated = await _admin.UpdateAsync(sku, etag);
        Assert.Equal(HttpStatusCode.OK, updated.StatusCode);
    }

    [Fact]
    public async Task Update_without_If_Match_is_rejected()
    {
        var sku = await _admin.AddAsync(onHand: 1);
        using var missing = await _admin.UpdateAsync(sku, etag: null);
        Assert.Equal(HttpStatusCode.PreconditionRequired, missing.StatusCode);
        await AssertProblemAsync(missing, "if_match_required");

        using var unknown = await _admin.UpdateAsync(CatalogAdminClient.NewSku(), "\"1\"");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var any = await _admin.UpdateAsync(sku, "*");
        Assert.Equal(HttpStatusCode.OK, any.StatusCode);
    }

    [Fact]
    public async Task Update_that_is_repeated_because_its_response_was_lost_succeeds()
    {
        var sku = await _admin.AddAsync(onHand: 1);
        var (etag, _) = await _admin.ReadAsync(sku);
        using var lost = await _admin.UpdateAsync(sku, etag, "Mine");
        using var repeated = await _admin.UpdateAsync(sku, etag, "Mine");
        Assert.Equal(HttpStatusCode.OK, repeated.StatusCode);
        Assert.Equal(lost.Headers.ETag, repeated.Headers.ETag);
        Assert.Equal(await lost.Content.ReadAsStringAsync(), await repeated.Content.ReadAsStringAsync());

        using var other = await _admin.UpdateAsync(sku, etag, "Other");
        Assert.Equal(HttpStatusCode.PreconditionFailed, other.StatusCode);
        await AssertProblemAsync(other, "version_mismatch");
    }

    [Fact]
    public async Task Response_to_an_update_contains_what_that_update_has_written()
    {
        var sku = await _admin.AddAsync(onHand: 1);
        var names = Enumerable.Range(0, 20).Select(number => $"Name {number}").ToList();

        var responses = await Task.WhenAll(names.Select(name => _admin.UpdateAsync(sku, "*", name)));

        var products = await Task.WhenAll(responses.Select(response => response.Content.ReadFromJsonAsync<JsonElement>()));
        Assert.Equal(names, products.Select(product => product.GetProperty("name").GetString()));
        Assert.Equal(Enumerable.Range(2, 20), products.Select(product => product.GetProperty("version").GetInt32()).Order());
        Assert.Equal(20, responses.Select(response => response.Headers.ETag).Distinct().Count());
    }

    [Fact]
    public async Task If_Match_may_be_a_list_of_etags()
    {
        var sku = await _admin.AddAsync(onHand: 1);
        var (etag, _) = await _admin.ReadAsync(sku);
        using var matched = await _admin.UpdateAsync(sku, $"\"other\", {etag}");
        Assert.Equal(HttpStatusCode.OK, matched.StatusCode);
        using var outdated = await _admin.UpdateAsync(sku, $"\"other\", {etag}", "Second");
        Assert.Equal(HttpStatusCode.PreconditionFailed, outdated.StatusCode);
    }

    [Fact]
    public async Task Product_that_is_created_again_because_the_response_was_lost_is_returned()
    {
        var product = new
        {
            sku = CatalogAdminClient.NewSku(),
            name = "Created twice",
            description = "The same.",
            category = "tests",
            price = new { amount = 1, currency = "EUR" },
            onHand = 3,
        };

        var responses = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _admin.CreateAsync(product)));

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.Created, response.StatusCode));
        Assert.Single((await Task.WhenAll(responses.Select(response => response.Content.ReadAsStringAsync()))).Distinct());
        Assert.Equal(new Level(3, 0, 3), await _admin.StockAsync(product.sku));
        foreach (var other in (object[])[product with { name = "Other" }, product with { onHand = 4 }])
        {
            using var duplicate = await _admin.CreateAsync(other);
            await AssertProblemAsync(duplicate, "sku_already_exists");
        }
    }

    [Fact]
    public async Task Duplicate_sku_is_rejected()
    {
        var sku = await _admin.AddAsync(onHand: 1);
        using var duplicate = await _admin.CreateAsync(new
        {
            sku,
            name = "Other",
            description = "Other.",
            category = "tests",
            price = new { amount = 1, currency = "EUR" },
        });
        Assert.Equal(HttpStatusCode.Conflict, duplicate.StatusCode);
        await AssertProblemAsync(duplicate, "sku_already_exists");
    }

    public static TheoryData<string, object> InvalidProducts => new()
    {
        { "sku", new { sku = "a b", name = "N", description = "D", category = "c", price = new { amount = 1, currency = "EUR" } } },
        { "sku", new { name = "N", description = "D", category = "c", price = new { amount = 1, currency = "EUR" } } },
        { "name", new { sku = "X", name = " ", description = "D", category = "c", price = new { amount = 1, currency = "EUR" } } },
        {
            "name",
            new { sku = "X", name = new string('n', 101), description = "D", category = "c", price = new { amount = 1, currency = "EUR" } }
        },
        {
            "description",
            new { sku = "X", name = "N", description = "a\0b", category = "c", price = new { amount = 1, currency = "EUR" } }
        },
        { "category", new { sku = "X", name = "N", description = "D", category = " c", price = new { amount = 1, currency = "EUR" } } },
        { "price", new { sku = "X", name = "N", description = "D", category = "c" } },
        { "price.amount", new { sku = "X", name = "N", description = "D", category = "c", price = new { amount = -1, currency = "EUR" } } },
        { "price.amount", new { sku = "X", name = "N", description = "D", category = "c", price = new { currency = "EUR" } } },
        {
            "price.currency",
            new { sku = "X", name = "N", description = "D", category = "c", price = new { amount = 1, currency = "eur" } }
        },
        {
            "price.currency",
            new { sku = "X", name = "N", description = "D", category = "c", price = new { amount = 1, currency = "XQZ" } }
        },
        {
            "description",
            new
            {
                sku = "X",
                name = "N",
                description = string.Concat(Enumerable.Repeat("line\r\n", 100)) + "\f",
                category = "c",
                price = new { amount = 1, currency = "EUR" },
            }
        },
        {
            "onHand",
            new { sku = "X", name = "N", description = "D", category = "c", price = new { amount = 1, currency = "EUR" }, onHand = -1 }
        },
    };

    [Theory]
    [MemberData(nameof(InvalidProducts))]
    public async Task Invalid_product_is_rejected_with_the_invalid_field(string field, object product)
    {
        using var rejected = await _admin.CreateAsync(product);
        Assert.Equal(HttpStatusCode.BadRequest, rejected.StatusCode);
        var problem = await rejected.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), problem.ToString());
    }

    [Fact]
    public async Task Stock_adjustment_is_made_once_for_each_idempotency_key()
    {
        var sku = await _admin.AddAsync(onHand: 10);

        var responses = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _admin.AdjustAsync(sku, -3, "broken")));
        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        var bodies = await Task.WhenAll(responses.Select(response => response.Content.ReadAsStringAsync()));
        Assert.Single(bodies.Distinct());
        Assert.Equal(new Level(7, 0, 7), await _admin.StockAsync(sku));

        using var other = await _admin.AdjustAsync(sku, -4, "broken");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
        using var unknown = await _admin.AdjustAsync(CatalogAdminClient.NewSku(), 1, "new");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Stock_adjustment_below_the_reserved_quantity_is_rejected()
    {
        var sku = await _admin.AddAsync(onHand: 10);
        await new StockClient(shop).ReserveAsync((sku, 8));

        using var rejected = await _admin.AdjustAsync(sku, -3, "too-many");
        Assert.Equal(HttpStatusCode.Conflict, rejected.StatusCode);
        await AssertProblemAsync(rejected, "stock_out_of_range");

        using var accepted = await _admin.AdjustAsync(sku, -2, "just-enough");
        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
        Assert.Equal(new Level(8, 8, 0), await _admin.StockAsync(sku));
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response, string code) =>
        Assert.Equal(code, (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Catalog;

[Collection(WholeApplication.Name)]
public sealed class ProductAdminTests(ShopApp shop)
{
    private readonly CatalogAdminClient _keeper = new(shop);

    [Fact]
    public async Task Of_two_updates_of_what_both_have_seen_one_is_refused()
    {
        var sku = await _keeper.AddAsync(onHand: 1);
        var (etag, _) = await _keeper.ReadAsync(sku);

        var answers = await Task.WhenAll(_keeper.UpdateAsync(sku, etag, "One"), _keeper.UpdateAsync(sku, etag, "Two"));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.PreconditionFailed], answers.Select(answer => answer.StatusCode).Order());
        var winner = await answers.Single(answer => answer.IsSuccessStatusCode).Content.ReadFromJsonAsync<JsonElement>();
        var (now, product) = await _keeper.ReadAsync(sku);
        Assert.NotEqual(etag, now);
        Assert.Equal(winner.GetProperty("name").GetString(), product.GetProperty("name").GetString());

        using var again = await _keeper.UpdateAsync(sku, now, "Three");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task A_sale_does_not_stand_in_the_way_of_an_update()
    {
        var sku = await _keeper.AddAsync(onHand: 5);
        var (etag, _) = await _keeper.ReadAsync(sku);
        await new StockClient(shop).ReserveAsync((sku, 1));
        using var updated = await _keeper.UpdateAsync(sku, etag);
        Assert.Equal(HttpStatusCode.OK, updated.StatusCode);
    }

    [Fact]
    public async Task An_update_that_does_not_say_what_it_has_seen_is_refused()
    {
        var sku = await _keeper.AddAsync(onHand: 1);
        using var missing = await _keeper.UpdateAsync(sku, etag: null);
        Assert.Equal(HttpStatusCode.PreconditionRequired, missing.StatusCode);
        await AssertProblemAsync(missing, "if_match_needed");

        using var unknown = await _keeper.UpdateAsync(CatalogAdminClient.NewSku(), "\"1\"");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var any = await _keeper.UpdateAsync(sku, "*");
        Assert.Equal(HttpStatusCode.OK, any.StatusCode);
    }

    [Fact]
    public async Task A_number_is_given_once()
    {
        var sku = await _keeper.AddAsync(onHand: 1);
        using var again = await _keeper.CreateAsync(new { sku, name = "Other", description = "Other.", category = "tests", price = new { amount = 1, currency = "EUR" } });
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        await AssertProblemAsync(again, "sku_taken");
    }

    public static TheoryData<string, object> BadProducts => new()
    {
        { "sku", new { sku = "a b", name = "N", description = "D", category = "c", price = new { amount = 1, currency = "EUR" } } },
        { "sku", new { name = "N", description = "D", category = "c", price = new { amount = 1, currency = "EUR" } } },
        { "name", new { sku = "X", name = " ", description = "D", category = "c", price = new { amount = 1, currency = "EUR" } } },
        { "name", new { sku = "X", name = new string('n', 101), description = "D", category = "c", price = new { amount = 1, currency = "EUR" } } },
        { "description", new { sku = "X", name = "N", description = "a\0b", category = "c", price = new { amount = 1, currency = "EUR" } } },
        { "category", new { sku = "X", name = "N", description = "D", category = " c", price = new { amount = 1, currency = "EUR" } } },
        { "price", new { sku = "X", name = "N", description = "D", category = "c" } },
        { "price.amount", new { sku = "X", name = "N", description = "D", category = "c", price = new { amount = -1, currency = "EUR" } } },
        { "price.amount", new { sku = "X", name = "N", description = "D", category = "c", price = new { currency = "EUR" } } },
        { "price.currency", new { sku = "X", name = "N", description = "D", category = "c", price = new { amount = 1, currency = "eur" } } },
        { "onHand", new { sku = "X", name = "N", description = "D", category = "c", price = new { amount = 1, currency = "EUR" }, onHand = -1 } },
    };

    [Theory]
    [MemberData(nameof(BadProducts))]
    public async Task What_a_product_may_not_be_is_told_by_field(string field, object product)
    {
        using var refused = await _keeper.CreateAsync(product);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var problem = await refused.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), problem.ToString());
    }

    [Fact]
    public async Task An_adjustment_is_booked_once_for_its_key()
    {
        var sku = await _keeper.AddAsync(onHand: 10);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _keeper.AdjustAsync(sku, -3, "broken")));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        var said = await Task.WhenAll(answers.Select(answer => answer.Content.ReadAsStringAsync()));
        Assert.Single(said.Distinct());
        Assert.Equal(new Level(7, 0, 7), await _keeper.StockAsync(sku));

        using var other = await _keeper.AdjustAsync(sku, -4, "broken");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
        using var unknown = await _keeper.AdjustAsync(CatalogAdminClient.NewSku(), 1, "new");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Promised_pieces_cannot_be_taken_from_the_shelf()
    {
        var sku = await _keeper.AddAsync(onHand: 10);
        await new StockClient(shop).ReserveAsync((sku, 8));

        using var refused = await _keeper.AdjustAsync(sku, -3, "too-many");
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        await AssertProblemAsync(refused, "stock_out_of_range");

        using var booked = await _keeper.AdjustAsync(sku, -2, "just-enough");
        Assert.Equal(HttpStatusCode.OK, booked.StatusCode);
        Assert.Equal(new Level(8, 8, 0), await _keeper.StockAsync(sku));
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response, string code) =>
        Assert.Equal(code, (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shop.Tests.Integration.Support;
using StackExchange.Redis;

namespace Shop.Tests.Integration;

[Collection(WholeApplication.Name)]
public sealed class CartTests(ShopApp shop)
{
    private readonly CatalogAdminClient _shopkeeper = new(shop);
    private readonly Visitor _visitor = new(shop);

    [Fact]
    public async Task A_price_that_changed_is_told_and_paid_only_by_who_has_seen_it()
    {
        var (changed, same) = (await _shopkeeper.AddAsync(onHand: 5, price: 1500), await _shopkeeper.AddAsync(onHand: 5, price: 100));
        await _visitor.PutAsync(changed, 2);
        await _visitor.PutAsync(same, 1);
        using (var update = await _shopkeeper.UpdateAsync(changed, (await _shopkeeper.ReadAsync(changed)).ETag, price: 1600))
            update.EnsureSuccessStatusCode();

        var cart = await ReadAsync(_visitor.CartId);
        Assert.True(cart.GetProperty("pricesChanged").GetBoolean());
        var line = Line(cart, changed);
        Assert.Equal((1500, 1600), (Amount(line, "priceBefore"), Amount(line, "unitPrice")));
        Assert.Equal(JsonValueKind.Null, Line(cart, same).GetProperty("priceBefore").ValueKind);

        using (var refused = await _visitor.TryCheckOutAsync(key: "k"))
            await AssertPriceChangedAsync(refused, changed);
        using (var old = await _visitor.TryCheckOutAsync(key: "k", expectedTotal: 3100))
            await AssertPriceChangedAsync(old, changed);

        using var bought = await _visitor.TryCheckOutAsync(key: "k", expectedTotal: 3300);
        Assert.Equal(HttpStatusCode.Accepted, bought.StatusCode);
        Assert.Equal("Confirmed", (await _visitor.WaitForOutcomeAsync(bought.Headers.Location!.ToString())).Status);
    }

    [Fact]
    public async Task Who_puts_it_in_again_has_seen_the_new_price()
    {
        var sku = await _shopkeeper.AddAsync(onHand: 5, price: 1500);
        await _visitor.PutAsync(sku, 1);
        using (var update = await _shopkeeper.UpdateAsync(sku, (await _shopkeeper.ReadAsync(sku)).ETag, price: 900))
            update.EnsureSuccessStatusCode();

        await _visitor.PutAsync(sku, 2);

        Assert.False((await ReadAsync(_visitor.CartId)).GetProperty("pricesChanged").GetBoolean());
        using var bought = await _visitor.TryCheckOutAsync();
        Assert.Equal(HttpStatusCode.Accepted, bought.StatusCode);
    }

    [Fact]
    public async Task Lines_in_two_currencies_are_shown_and_not_bought()
    {
        var (euro, pound) = (CatalogAdminClient.NewSku(), CatalogAdminClient.NewSku());
        foreach (var (sku, currency) in ((string, string)[])[(euro, "EUR"), (pound, "GBP")])
        {
            using var created = await _shopkeeper.CreateAsync(new { sku, name = "Test piece", description = "Made for a test.", category = "tests", price = new { amount = 500, currency }, onHand = 3 });
            created.EnsureSuccessStatusCode();
            await _visitor.PutAsync(sku, 1);
        }

        var cart = await ReadAsync(_visitor.CartId);
        Assert.Equal(JsonValueKind.Null, cart.GetProperty("total").ValueKind);
        Assert.Equal("mixed_currencies", cart.GetProperty("problem").GetString());
        using var refused = await _visitor.TryCheckOutAsync();
        Assert.Equal((HttpStatusCode.Conflict, "mixed_currencies"), (refused.StatusCode, await CodeAsync(refused)));
    }

    [Fact]
    public async Task The_cart_of_a_visit_comes_to_the_member_once_and_what_does_not_fit_is_told()
    {
        var member = new Visitor(shop);
        var (both, alone) = (await _shopkeeper.AddAsync(onHand: 5), await _shopkeeper.AddAsync(onHand: 5));
        await member.PutAsync(both, 60);
        await _visitor.PutAsync(both, 50);
        await _visitor.PutAsync(alone, 3);

        for (var i = 0; i < 2; i++)
        {
            var merged = await MergeAsync(member.CartId, _visitor.CartId);
            Assert.Equal([99, 3], new[] { both, alone }.Select(sku => Line(merged.GetProperty("cart"), sku).GetProperty("quantity").GetInt32()));
            var limit = Assert.Single(merged.GetProperty("limits").EnumerateArray());
            Assert.Equal((both, 110, 99), (limit.GetProperty("sku").GetString(), limit.GetProperty("wanted").GetInt32(), limit.GetProperty("kept").GetInt32()));
        }

        Assert.Equal(0, await _visitor.LinesInCartAsync());
    }

    [Fact]
    public async Task Twenty_merges_at_once_are_one()
    {
        var member = new Visitor(shop);
        var sku = await _shopkeeper.AddAsync(onHand: 5);
        await member.PutAsync(sku, 1);
        await _visitor.PutAsync(sku, 2);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => MergeAsync(member.CartId, _visitor.CartId)));

        Assert.Equal(3, Line(await ReadAsync(member.CartId), sku).GetProperty("quantity").GetInt32());
    }

    [Fact]
    public async Task What_was_bought_before_signing_in_leaves_the_members_cart()
    {
        var member = new Visitor(shop);
        var (bought, kept) = (await _shopkeeper.AddAsync(onHand: 5), await _shopkeeper.AddAsync(onHand: 5));
        await member.PutAsync(kept, 1);
        await _visitor.PutAsync(bought, 1);

        // The order is on its way when the carts are merged, or was faster: the end is the same.
        var order = await _visitor.CheckOutAsync();
        await MergeAsync(member.CartId, _visitor.CartId);
        Assert.Equal("Confirmed", (await _visitor.WaitForOutcomeAsync(order)).Status);

        await Eventually.ReadAsync(member.LinesInCartAsync, lines => lines == 1);
        Assert.Equal(1, Line(await ReadAsync(member.CartId), kept).GetProperty("quantity").GetInt32());
    }

    [Fact]
    public async Task A_cart_holds_a_hundred_lines_and_a_merge_leaves_the_rest_where_it_is()
    {
        var member = new Visitor(shop);
        var skus = await Task.WhenAll(Enumerable.Range(0, 101).Select(_ => _shopkeeper.AddAsync(onHand: 1)));
        foreach (var sku in skus[..100])
            await member.PutAsync(sku, 1);
        using (var full = await member.TryPutAsync(skus[100], 1))
            Assert.Equal((HttpStatusCode.Conflict, "cart_full"), (full.StatusCode, await CodeAsync(full)));
        using (var again = await member.TryPutAsync(skus[0], 2))
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);

        await _visitor.PutAsync(skus[100], 7);
        var limit = Assert.Single((await MergeAsync(member.CartId, _visitor.CartId)).GetProperty("limits").EnumerateArray());
        Assert.Equal((7, 0), (limit.GetProperty("wanted").GetInt32(), limit.GetProperty("kept").GetInt32()));
        Assert.Equal((100, 1), (await member.LinesInCartAsync(), await _visitor.LinesInCartAsync()));
    }

    [Fact]
    public async Task A_cart_lives_for_fourteen_days_from_the_last_time_that_it_was_looked_at_or_changed()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(await shop.ConnectionStringAsync("redis"));
        var (store, key) = (redis.GetDatabase(), $"cart:{{{_visitor.CartId}}}");
        var sku = await shop.AnyProductAsync();
        Func<Task>[] uses = [() => _visitor.PutAsync(sku, 1), _visitor.LinesInCartAsync, () => _visitor.PutAsync(sku, 2)];
        foreach (var use in uses)
        {
            await use();
            Assert.InRange((await store.KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromDays(13.9), TimeSpan.FromDays(14));
            await store.KeyExpireAsync(key, TimeSpan.FromHours(1));
        }
    }

    [Fact]
    public async Task An_unchanged_cart_is_not_sent_twice()
    {
        var sku = await shop.AnyProductAsync();
        await _visitor.PutAsync(sku, 1);
        using var first = await shop.Cart.GetAsync($"/api/v1/carts/{_visitor.CartId}");

        using var same = await GetIfChangedAsync(first.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        await _visitor.PutAsync(sku, 2);
        using var other = await GetIfChangedAsync(first.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task The_same_key_twenty_times_at_once_is_one_order_and_with_another_body_none()
    {
        var sku = await _shopkeeper.AddAsync(onHand: 30);
        await _visitor.PutAsync(sku, 1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _visitor.TryCheckOutAsync(key: "again")));
        var order = Assert.Single(answers.Select(answer => answer.EnsureSuccessStatusCode().Headers.Location!.ToString()).Distinct());
        Assert.Equal("Confirmed", (await _visitor.WaitForOutcomeAsync(order)).Status);
        await Eventually.ReadAsync(_visitor.LinesInCartAsync, lines => lines == 0);

        using (var late = await _visitor.TryCheckOutAsync(key: "again"))
            Assert.Equal((HttpStatusCode.Accepted, order), (late.StatusCode, late.Headers.Location!.ToString()));
        using (var other = await _visitor.TryCheckOutAsync("tok_declined", "again"))
            Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency_key_reused"), (other.StatusCode, await CodeAsync(other)));

        Assert.Equal(29, (await _shopkeeper.StockAsync(sku)).Available);
        Assert.Equal(1, await new Database(shop, "ordersdb").ReadAsync<long>("select count(*) from orders where cart_id = $1", _visitor.CartId));
        foreach (var answer in answers)
            answer.Dispose();
    }

    [Fact]
    public async Task What_is_about_the_buyer_cannot_be_read_in_a_queue()
    {
        await using var wire = await BrokerClient.OpenAsync(shop);
        var copy = await wire.CopyOfAsync("checkout-submitted");
        await _visitor.PutAsync(await shop.AnyProductAsync(), 1);
        var order = await _visitor.CheckOutAsync();

        var message = await Eventually.ReadAsync(() => wire.TakeAsync(copy), message => message?.Contains(order.Split('/')[^1], StringComparison.Ordinal) == true);
        Assert.Contains("\"recipient\"", message, StringComparison.Ordinal);
        Assert.Contains("\"keyId\"", message, StringComparison.Ordinal);
        foreach (var secret in (string[])["Ada", "Analytical", "ada@", "tok_ok"])
            Assert.DoesNotContain(secret, message, StringComparison.Ordinal);
        Assert.Equal("Confirmed", (await _visitor.WaitForOutcomeAsync(order)).Status);
    }

    private async Task<JsonElement> ReadAsync(string cartId) => await shop.Cart.GetFromJsonAsync<JsonElement>($"/api/v1/carts/{cartId}");

    private async Task<JsonElement> MergeAsync(string cartId, string from)
    {
        using var response = await shop.Cart.PostAsJsonAsync($"/api/v1/carts/{cartId}/merge", new { from });
        return await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<HttpResponseMessage> GetIfChangedAsync(string tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/carts/{_visitor.CartId}");
        request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        return await shop.Cart.SendAsync(request);
    }

    private static async Task AssertPriceChangedAsync(HttpResponseMessage response, string sku)
    {
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("price_changed", problem.GetProperty("code").GetString());
        Assert.Equal(3300, Amount(problem, "total"));
        var line = Assert.Single(problem.GetProperty("lines").EnumerateArray());
        Assert.Equal((sku, 1500, 1600), (line.GetProperty("sku").GetString(), Amount(line, "priceBefore"), Amount(line, "unitPrice")));
    }

    private static JsonElement Line(JsonElement cart, string sku) =>
        cart.GetProperty("lines").EnumerateArray().Single(line => line.GetProperty("sku").GetString() == sku);

    private static int Amount(JsonElement element, string name) => element.GetProperty(name).GetProperty("amount").GetInt32();

    private static async Task<string?> CodeAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString();
}

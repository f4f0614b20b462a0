using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shop.Cart.Carts;
using Shop.Tests.Integration.Support;
using StackExchange.Redis;

namespace Shop.Tests.Integration;

[Collection(WholeApplication.Name)]
public sealed class CartTests(ShopApp shop)
{
    private readonly CatalogAdminClient _shopkeeper = new(shop);
    private readonly Visitor _visitor = new(shop);

    [Fact]
    public async Task Changed_price_is_shown_and_checkout_requires_the_new_total()
    {
        var (changed, same) = (await _shopkeeper.AddAsync(onHand: 5, price: 1500), await _shopkeeper.AddAsync(onHand: 5, price: 100));
        await _visitor.PutAsync(changed, 2);
        await _visitor.PutAsync(same, 1);
        using (var update = await _shopkeeper.UpdateAsync(changed, (await _shopkeeper.ReadAsync(changed)).ETag, price: 1600))
        {
            update.EnsureSuccessStatusCode();
        }

        var cart = await Eventually.ReadAsync(
            () => ReadAsync(_visitor.CartId), cart => cart.GetProperty("pricesChanged").GetBoolean());
        var line = Line(cart, changed);
        Assert.Equal((1500, 1600), (Amount(line, "previousUnitPrice"), Amount(line, "unitPrice")));
        Assert.Equal(JsonValueKind.Null, Line(cart, same).GetProperty("previousUnitPrice").ValueKind);

        using (var rejected = await _visitor.TryCheckOutAsync(key: "k"))
        {
            await AssertPriceChangedAsync(rejected, changed);
        }

        using (var outdated = await _visitor.TryCheckOutAsync(key: "k", expectedTotal: 3100))
        {
            await AssertPriceChangedAsync(outdated, changed);
        }

        using var accepted = await _visitor.TryCheckOutAsync(key: "k", expectedTotal: 3300);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal("Confirmed", (await _visitor.WaitForOutcomeAsync(accepted.Headers.Location!.ToString())).Status);
    }

    [Fact]
    public async Task Units_that_are_added_at_the_same_time_add_up_to_the_maximum()
    {
        var sku = await _shopkeeper.AddAsync(onHand: 200);

        var added = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => AddAsync(10)));

        Assert.Equal(99, added.Sum(units => units.GetProperty("added").GetInt32()));
        Assert.Equal(99, added.Max(units => units.GetProperty("itemCount").GetInt32()));
        Assert.Equal(99, Line(await ReadAsync(_visitor.CartId), sku).GetProperty("quantity").GetInt32());

        async Task<JsonElement> AddAsync(int quantity)
        {
            using var response = await shop.Cart.PostAsJsonAsync($"/api/v1/carts/{_visitor.CartId}/lines/{sku}", new { quantity });
            return await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
        }
    }

    [Fact]
    public async Task Setting_a_line_again_accepts_its_new_price()
    {
        var sku = await _shopkeeper.AddAsync(onHand: 5, price: 1500);
        await _visitor.PutAsync(sku, 1);
        using (var update = await _shopkeeper.UpdateAsync(sku, (await _shopkeeper.ReadAsync(sku)).ETag, price: 900))
        {
            update.EnsureSuccessStatusCode();
        }

        await Eventually.ReadAsync(() => SetAsync(sku, 2), line => Amount(line, "unitPrice") == 900);

        Assert.False((await ReadAsync(_visitor.CartId)).GetProperty("pricesChanged").GetBoolean());
        using var accepted = await _visitor.TryCheckOutAsync();
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
    }

    [Fact]
    public async Task Product_that_was_looked_for_before_can_be_added_as_soon_as_it_is_created()
    {
        var sku = CatalogAdminClient.NewSku();
        using (var unknown = await _visitor.TryPutAsync(sku, 1))
        {
            Assert.Equal((HttpStatusCode.NotFound, "unknown_product"), (unknown.StatusCode, await CodeAsync(unknown)));
        }

        await _shopkeeper.AddAsync(onHand: 1, sku);

        using var added = await _visitor.TryPutAsync(sku, 1);
        Assert.Equal(HttpStatusCode.OK, added.StatusCode);
    }

    [Fact]
    public async Task Cart_that_is_requested_with_no_cache_has_the_units_that_are_available_now()
    {
        var sku = await _shopkeeper.AddAsync(onHand: 5);
        await _visitor.PutAsync(sku, 1);
        await ReadAsync(_visitor.CartId);
        using (var adjusted = await _shopkeeper.AdjustAsync(sku, -5, key: "sold"))
        {
            adjusted.EnsureSuccessStatusCode();
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/carts/{_visitor.CartId}")
        {
            Headers = { CacheControl = new() { NoCache = true } },
        };
        using var response = await shop.Cart.SendAsync(request);
        var cart = await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal("out_of_stock", Line(cart, sku).GetProperty("problem").GetString());
    }

    [Fact]
    public async Task Cart_with_two_currencies_is_shown_and_its_checkout_is_rejected()
    {
        var (euro, pound) = (CatalogAdminClient.NewSku(), CatalogAdminClient.NewSku());
        foreach (var (sku, currency) in ((string, string)[])[(euro, "EUR"), (pound, "GBP")])
        {
            using var created = await _shopkeeper.CreateAsync(new
            {
                sku,
                name = "Test piece",
                description = "Made for a test.",
                category = "tests",
                price = new { amount = 500, currency },
                onHand = 3,
            });
            created.EnsureSuccessStatusCode();
            await _visitor.PutAsync(sku, 1);
        }

        var cart = await ReadAsync(_visitor.CartId);
        Assert.Equal(JsonValueKind.Null, cart.GetProperty("total").ValueKind);
        Assert.Equal("mixed_currencies", cart.GetProperty("problem").GetString());
        using var rejected = await _visitor.TryCheckOutAsync();
        Assert.Equal((HttpStatusCode.Conflict, "mixed_currencies"), (rejected.StatusCode, await CodeAsync(rejected)));
    }

    [Fact]
    public async Task Merge_moves_lines_once_and_returns_the_limited_lines_when_repeated()
    {
        var member = new Visitor(shop);
        var (both, alone) = (await _shopkeeper.AddAsync(onHand: 5), await _shopkeeper.AddAsync(onHand: 5));
        await member.PutAsync(both, 60);
        await _visitor.PutAsync(both, 50);
        await _visitor.PutAsync(alone, 3);

        for (var i = 0; i < 2; i++)
        {
            var merged = await MergeAsync(member.CartId, _visitor.CartId);
            Assert.Equal([99, 3], new[] { both, alone }.Select(sku => Int(Line(merged.GetProperty("cart"), sku), "quantity")));
            var limited = Assert.Single(merged.GetProperty("limitedLines").EnumerateArray());
            Assert.Equal(both, limited.GetProperty("sku").GetString());
            Assert.Equal((110, 99), (Int(limited, "requestedQuantity"), Int(limited, "mergedQuantity")));
        }

        Assert.Equal(0, await _visitor.LinesInCartAsync());
    }

    [Fact]
    public async Task Concurrent_merges_move_lines_once()
    {
        var member = new Visitor(shop);
        var sku = await _shopkeeper.AddAsync(onHand: 5);
        await member.PutAsync(sku, 1);
        await _visitor.PutAsync(sku, 2);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => MergeAsync(member.CartId, _visitor.CartId)));

        Assert.Equal(3, Int(Line(await ReadAsync(member.CartId), sku), "quantity"));
    }

    [Fact]
    public async Task Purchased_lines_leave_the_member_cart_when_carts_are_merged_after_checkout()
    {
        var member = new Visitor(shop);
        var (purchased, remaining) = (await _shopkeeper.AddAsync(onHand: 5), await _shopkeeper.AddAsync(onHand: 5));
        await member.PutAsync(remaining, 1);
        await _visitor.PutAsync(purchased, 1);

        // The merge may run before or after the order is confirmed; the result is the same.
        var order = await _visitor.CheckOutAsync();
        await MergeAsync(member.CartId, _visitor.CartId);
        Assert.Equal("Confirmed", (await _visitor.WaitForOutcomeAsync(order)).Status);

        await Eventually.ReadAsync(member.LinesInCartAsync, lines => lines == 1);
        Assert.Equal(1, Int(Line(await ReadAsync(member.CartId), remaining), "quantity"));
    }

    [Fact]
    public async Task Full_cart_rejects_a_new_line_and_a_merge_leaves_it_in_the_source_cart()
    {
        var member = new Visitor(shop);
        var skus = await Task.WhenAll(Enumerable.Range(0, 101).Select(_ => _shopkeeper.AddAsync(onHand: 1)));
        foreach (var sku in skus[..100])
        {
            await member.PutAsync(sku, 1);
        }

        using (var full = await member.TryPutAsync(skus[100], 1))
        {
            Assert.Equal((HttpStatusCode.Conflict, "cart_full"), (full.StatusCode, await CodeAsync(full)));
        }

        using (var existing = await member.TryPutAsync(skus[0], 2))
        {
            Assert.Equal(HttpStatusCode.OK, existing.StatusCode);
        }

        await _visitor.PutAsync(skus[100], 7);
        var limited = Assert.Single((await MergeAsync(member.CartId, _visitor.CartId)).GetProperty("limitedLines").EnumerateArray());
        Assert.Equal((7, 0), (Int(limited, "requestedQuantity"), Int(limited, "mergedQuantity")));
        Assert.Equal((100, 1), (await member.LinesInCartAsync(), await _visitor.LinesInCartAsync()));
    }

    [Fact]
    public async Task Cart_expires_14_days_after_it_was_last_read_or_changed()
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
    public async Task Cart_is_not_sent_again_when_it_is_unchanged()
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
    public async Task Concurrent_checkouts_with_one_key_create_one_order_and_another_body_is_rejected()
    {
        var sku = await _shopkeeper.AddAsync(onHand: 30);
        await _visitor.PutAsync(sku, 1);

        var responses = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Eventually.ReadAsync(
            () => _visitor.TryCheckOutAsync(key: "same"), response => response.StatusCode is not HttpStatusCode.ServiceUnavailable)));
        var order = Assert.Single(responses.Select(response => response.EnsureSuccessStatusCode().Headers.Location!.ToString()).Distinct());
        Assert.Equal("Confirmed", (await _visitor.WaitForOutcomeAsync(order)).Status);
        await Eventually.ReadAsync(_visitor.LinesInCartAsync, lines => lines == 0);

        using (var late = await _visitor.TryCheckOutAsync(key: "same"))
        {
            Assert.Equal((HttpStatusCode.Accepted, order), (late.StatusCode, late.Headers.Location!.ToString()));
        }

        using (var other = await _visitor.TryCheckOutAsync("tok_declined", "same"))
        {
            Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency_key_reused"), (other.StatusCode, await CodeAsync(other)));
        }

        Assert.Equal(29, (await _shopkeeper.StockAsync(sku)).Available);
        var database = new Database(shop, "ordersdb");
        Assert.Equal(1, await database.ReadAsync<long>("select count(*) from orders where cart_id = $1", _visitor.CartId));
        foreach (var response in responses)
        {
            response.Dispose();
        }
    }

    [Fact]
    public async Task Key_of_an_earlier_order_is_rejected_for_other_lines_which_stay_in_the_cart()
    {
        var (first, second) = (await _shopkeeper.AddAsync(onHand: 5), await _shopkeeper.AddAsync(onHand: 5));
        await _visitor.PutAsync(first, 1);
        using var accepted = await _visitor.TryCheckOutAsync(key: "same");
        var order = accepted.Headers.Location!.ToString();
        Assert.Equal("Confirmed", (await _visitor.WaitForOutcomeAsync(order)).Status);
        await Eventually.ReadAsync(_visitor.LinesInCartAsync, lines => lines == 0);

        await _visitor.PutAsync(second, 5);
        using var reused = await _visitor.TryCheckOutAsync(key: "same");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, reused.StatusCode);
        var problem = await reused.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("idempotency_key_reused", problem.GetProperty("code").GetString());
        Assert.EndsWith(problem.GetProperty("orderId").GetString()!, order, StringComparison.Ordinal);
        Assert.Equal(5, Int(Line(await ReadAsync(_visitor.CartId), second), "quantity"));
    }

    [Fact]
    public async Task Second_checkout_of_a_cart_is_rejected_while_its_order_is_in_progress()
    {
        await _visitor.PutAsync(await _shopkeeper.AddAsync(onHand: 5), 1);
        var order = await _visitor.CheckOutAsync("tok_abandoned");

        using var second = await _visitor.TryCheckOutAsync();
        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        var problem = await second.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("checkout_in_progress", problem.GetProperty("code").GetString());
        Assert.EndsWith(problem.GetProperty("orderId").GetString()!, order, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Customer_pays_with_another_card_for_the_last_unit_which_the_own_order_holds()
    {
        var sku = await _shopkeeper.AddAsync(onHand: 1);
        await _visitor.PutAsync(sku, 1);
        var first = await _visitor.CheckOutAsync("tok_abandoned");
        await Eventually.ReadAsync(() => _visitor.AvailableAsync(sku), available => available == 0);

        using var second = await _visitor.TryCheckOutAsync(replaces: first.Split('/')[^1]);
        Assert.Equal(HttpStatusCode.Accepted, second.StatusCode);
        Assert.Equal("Confirmed", (await _visitor.WaitForOutcomeAsync(second.Headers.Location!.ToString())).Status);
        Assert.Equal("Cancelled", (await shop.Orders.GetFromJsonAsync<JsonElement>(first)).GetProperty("status").GetString());
        Assert.Equal((0, 0), ((await _shopkeeper.StockAsync(sku)).OnHand, (await _shopkeeper.StockAsync(sku)).Reserved));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("tok_declined")]
    public async Task Free_order_is_confirmed_without_a_card(string? cardToken)
    {
        await _visitor.PutAsync(await _shopkeeper.AddAsync(onHand: 5, price: 0), 1);

        using var accepted = await _visitor.TryCheckOutAsync(cardToken);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Equal("Confirmed", (await _visitor.WaitForOutcomeAsync(accepted.Headers.Location!.ToString())).Status);
    }

    [Fact]
    public async Task Order_is_returned_for_its_key_after_Redis_has_lost_it_and_other_lines_are_rejected()
    {
        var sku = await _shopkeeper.AddAsync(onHand: 5);
        await _visitor.PutAsync(sku, 1);
        using var first = await _visitor.TryCheckOutAsync(key: "lost");
        var order = first.Headers.Location!.ToString();
        Assert.Equal("Confirmed", (await _visitor.WaitForOutcomeAsync(order)).Status);
        await Eventually.ReadAsync(_visitor.LinesInCartAsync, lines => lines == 0);

        await using var redis = await ConnectionMultiplexer.ConnectAsync(await shop.ConnectionStringAsync("redis"));
        Assert.True(await redis.GetDatabase().KeyDeleteAsync(CartKeys.Checkout(_visitor.CartId, "lost")));
        using (var repeated = await _visitor.TryCheckOutAsync(key: "lost"))
        {
            Assert.Equal((HttpStatusCode.Accepted, order), (repeated.StatusCode, repeated.Headers.Location!.ToString()));
        }

        await _visitor.PutAsync(sku, 2);
        using var reused = await _visitor.TryCheckOutAsync(key: "lost");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency_key_reused"), (reused.StatusCode, await CodeAsync(reused)));
        Assert.Equal(4, (await _shopkeeper.StockAsync(sku)).Available);
    }

    [Fact]
    public async Task Location_of_a_checkout_leads_to_its_order()
    {
        await _visitor.PutAsync(await _shopkeeper.AddAsync(onHand: 5), 1);
        using var accepted = await _visitor.TryCheckOutAsync();
        Assert.Equal(TimeSpan.FromSeconds(1), accepted.Headers.RetryAfter!.Delta);

        // A client resolves a relative Location against the address of the request, which is that of the cart.
        using var client = new HttpClient();
        var location = new Uri(accepted.RequestMessage!.RequestUri!, accepted.Headers.Location!);
        var status = await Eventually.ReadAsync(
            async () =>
            {
                using var response = await client.GetAsync(location);
                return response.StatusCode;
            },
            status => status is not HttpStatusCode.NotFound);
        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Fact]
    public async Task Recipient_and_card_are_encrypted_in_the_queue()
    {
        await using var wire = await BrokerClient.OpenAsync(shop);
        var copy = await wire.CopyOfAsync("checkout-submitted");
        await _visitor.PutAsync(await shop.AnyProductAsync(), 1);
        var order = await _visitor.CheckOutAsync();

        var orderId = order.Split('/')[^1];
        var message = await Eventually.ReadAsync(
            () => wire.TakeAsync(copy), message => message?.Contains(orderId, StringComparison.Ordinal) == true);
        Assert.Contains("\"recipient\"", message, StringComparison.Ordinal);
        Assert.Contains("\"keyId\"", message, StringComparison.Ordinal);
        foreach (var secret in (string[])["Ada", "Analytical", "ada@", "tok_ok"])
        {
            Assert.DoesNotContain(secret, message, StringComparison.Ordinal);
        }

        Assert.Equal("Confirmed", (await _visitor.WaitForOutcomeAsync(order)).Status);
    }

    [Fact]
    public async Task Merge_is_rejected_with_both_orders_while_each_cart_is_being_checked_out()
    {
        var member = new Visitor(shop);
        await _visitor.PutAsync(await _shopkeeper.AddAsync(onHand: 5), 1);
        var first = await _visitor.CheckOutAsync("tok_abandoned");
        await member.PutAsync(await _shopkeeper.AddAsync(onHand: 5), 1);
        var second = await member.CheckOutAsync("tok_abandoned");

        using var refused = await shop.Cart.PostAsJsonAsync($"/api/v1/carts/{member.CartId}/merge", new { from = _visitor.CartId });
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        var problem = await refused.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("checkout_in_progress", problem.GetProperty("code").GetString());
        Assert.Equal(
            [second.Split('/')[^1], first.Split('/')[^1]],
            problem.GetProperty("orderIds").EnumerateArray().Select(id => id.GetString()));
    }

    private async Task<JsonElement> ReadAsync(string cartId) => await shop.Cart.GetFromJsonAsync<JsonElement>($"/api/v1/carts/{cartId}");

    private async Task<JsonElement> SetAsync(string sku, int quantity)
    {
        using var response = await _visitor.TryPutAsync(sku, quantity);
        return await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }

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
        Assert.Equal(sku, line.GetProperty("sku").GetString());
        Assert.Equal((1500, 1600), (Amount(line, "previousUnitPrice"), Amount(line, "unitPrice")));
    }

    private static JsonElement Line(JsonElement cart, string sku) =>
        cart.GetProperty("lines").EnumerateArray().Single(line => line.GetProperty("sku").GetString() == sku);

    private static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    private static int Amount(JsonElement element, string name) => Int(element.GetProperty(name), "amount");

    private static async Task<string?> CodeAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString();
}

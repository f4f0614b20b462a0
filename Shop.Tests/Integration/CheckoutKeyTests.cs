using Shop.Cart.Carts;
using Shop.Cart.Checkout;
using Shop.Contracts;
using Shop.Tests.Integration.Support;
using StackExchange.Redis;

namespace Shop.Tests.Integration;

/// <summary>One order for each idempotency key, with the lines and prices that the customer has seen.</summary>
[Collection(WholeApplication.Name)]
public sealed class CheckoutKeyTests(ShopApp shop) : IAsyncLifetime
{
    private CheckoutHost _cart = null!;

    public async Task InitializeAsync() => _cart = await CheckoutHost.StartAsync(shop);

    public Task DisposeAsync() => _cart.DisposeAsync().AsTask();

    [Fact]
    public async Task Line_that_was_set_without_a_price_is_not_charged_before_its_price_was_shown()
    {
        await _cart.Carts.SetLineAsync(_cart.CartId, new CartLine("MUG", 2), default); // Catalog was unavailable

        var rejected = Assert.IsType<CheckoutResult.Rejected>(await _cart.CheckOutAsync("k")).Problem.ProblemDetails;
        Assert.Equal(("price_changed", new Money(3000, "EUR")), (rejected.Extensions["code"], rejected.Extensions["total"]));
        Assert.Equal("MUG", Assert.Single((IEnumerable<CartLineView>)rejected.Extensions["lines"]!).Sku);
        Assert.Empty(_cart.Broker.Published);

        await _cart.AcceptAsync("k", CheckoutHost.Request with { ExpectedTotal = new Money(3000, "EUR") });
    }

    [Fact]
    public async Task Order_has_the_price_of_the_catalog_when_the_cart_shows_an_older_one()
    {
        await _cart.PutAsync("MUG", 2);
        _cart.ProductCache.Update(
            new() { Sku = "MUG", Name = "Mug", Price = new() { Amount = 1500, Currency = "EUR" }, Available = 9 },
            _cart.Time.GetTimestamp());
        _cart.Catalog.Price = new Money(1600, "EUR");

        Assert.Equal((409, "price_changed", null), await _cart.RejectAsync("k"));
        Assert.Equal(1600, _cart.ProductCache.Find("MUG")!.Price.Amount); // The cart shows why.

        await _cart.AcceptAsync("k", CheckoutHost.Request with { ExpectedTotal = new Money(3200, "EUR") });
        Assert.Equal(new Money(3200, "EUR"), Assert.Single(_cart.Broker.Published).Total);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Repeated_request_returns_its_order_after_the_order_emptied_the_cart(bool redisWasLost)
    {
        var order = await _cart.BuyAsync("k");

        await LoseRedisAsync(redisWasLost);
        Assert.Equal(order, await _cart.AcceptAsync("k"));
        Assert.Single(_cart.Broker.Published);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reused_key_is_rejected_with_its_order_when_the_cart_contains_other_lines(bool redisWasLost)
    {
        var order = await _cart.BuyAsync("k");
        await LoseRedisAsync(redisWasLost);
        await _cart.PutAsync("PEN", 5);

        Assert.Equal((422, "idempotency_key_reused", order), await _cart.RejectAsync("k"));
        Assert.Single(_cart.Broker.Published);
        Assert.Equal([("PEN", 5)], await _cart.ReadLinesAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reused_key_is_rejected_with_its_order_when_the_body_differs(bool redisWasLost)
    {
        var order = await _cart.BuyAsync("k");
        await LoseRedisAsync(redisWasLost);

        Assert.Equal(
            (422, "idempotency_key_reused", order),
            await _cart.RejectAsync("k", CheckoutHost.Request with { Payment = new PaymentCard("tok_other") }));
    }

    [Fact]
    public async Task Same_content_bought_again_with_the_same_key_is_the_same_order()
    {
        var order = await _cart.BuyAsync("k");
        await _cart.PutAsync("MUG", 2);

        Assert.Equal(order, await _cart.AcceptAsync("k"));
        Assert.Single(_cart.Broker.Published);
    }

    [Fact]
    public async Task Key_is_known_for_90_days_whatever_the_time_to_live_of_the_cart_is()
    {
        await using var shortLived = await CheckoutHost.StartAsync(shop, cartTimeToLive: TimeSpan.FromMinutes(1));
        await shortLived.PutAsync("MUG", 2);
        var order = await shortLived.AcceptAsync("k");
        await shortLived.Confirmed.HandleAsync(CheckoutHost.Confirm(shortLived.Broker.Published[0]), null!, default);

        RedisKey[] keys = [CartKeys.Checkout(shortLived.CartId, "k"), CartKeys.RemovedByOrder(shortLived.CartId, order)];
        foreach (var key in keys)
        {
            Assert.InRange((await shortLived.Redis.KeyTimeToLiveAsync(key))!.Value, TimeSpan.FromDays(89.9), TimeSpan.FromDays(90));
        }

        // Only the id and the hash are kept for so long.
        Assert.Equal(
            ["content-hash", "order-id"],
            (await shortLived.Redis.HashKeysAsync(keys[0])).Select(name => name.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Key_that_was_stored_by_another_version_returns_its_order()
    {
        await _cart.PutAsync("MUG", 2);
        var order = await _cart.AcceptAsync("k");
        await _cart.Redis.HashSetAsync(CartKeys.Checkout(_cart.CartId, "k"), "content-hash", "v0:another:hash");

        Assert.Equal(order, await _cart.AcceptAsync("k"));
        Assert.Single(_cart.Broker.Published);
    }

    [Fact]
    public async Task Checkout_continues_when_neither_redis_nor_orders_can_tell_whether_the_key_is_new()
    {
        _cart.Orders.IsUnavailable = true;
        await _cart.PutAsync("MUG", 2);

        await _cart.AcceptAsync("k");
        Assert.Single(_cart.Broker.Published);
    }

    [Fact]
    public async Task Concurrent_and_repeated_requests_are_counted_as_one_submitted_checkout()
    {
        await _cart.PutAsync("MUG", 2);

        var orders = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _cart.AcceptAsync("k")));
        Assert.Single(orders.Distinct());
        Assert.Equal((1, 19), _cart.Events.CountCheckouts());
    }

    [Fact]
    public async Task Checkout_is_computed_again_when_another_one_bought_the_lines_while_it_waited_for_prices()
    {
        await _cart.PutAsync("MUG", 2);
        _cart.Catalog.WhilePricesAreRead = () => _cart.BuyAsync("tab 2", put: false);

        Assert.Equal((409, "cart_empty", null), await _cart.RejectAsync("tab 1"));
        Assert.Single(_cart.Broker.Published);
    }

    [Fact]
    public async Task Checkout_orders_what_the_cart_contains_when_it_was_changed_while_the_checkout_waited_for_prices()
    {
        await _cart.PutAsync("MUG", 2);
        _cart.Catalog.WhilePricesAreRead = () => _cart.PutAsync("MUG", 3);

        await _cart.AcceptAsync("k");
        Assert.Equal(3, Assert.Single(Assert.Single(_cart.Broker.Published).Lines).Quantity);
    }

    [Fact]
    public async Task Checkout_of_a_cart_that_changes_all_the_time_is_rejected()
    {
        await _cart.PutAsync("MUG", 1);
        var quantity = 1;
        Task ChangeAsync()
        {
            _cart.Catalog.WhilePricesAreRead = ChangeAsync;
            return _cart.PutAsync("MUG", ++quantity);
        }

        _cart.Catalog.WhilePricesAreRead = ChangeAsync;
        Assert.Equal((409, "cart_changed", null), await _cart.RejectAsync("k"));
        Assert.Empty(_cart.Broker.Published);
    }

    [Fact]
    public async Task Checkout_that_the_broker_never_confirmed_is_published_when_it_is_repeated()
    {
        await _cart.PutAsync("MUG", 2);
        var failed = await _cart.FailAsync("k1");

        Assert.Equal(failed, await _cart.AcceptAsync("k1"));
        Assert.Equal((1, 0), _cart.Events.CountCheckouts());
    }

    [Fact]
    public async Task Free_order_needs_no_card_and_any_other_order_does()
    {
        await _cart.PutAsync("MUG", 2);
        var withoutCard = CheckoutHost.Request with { Payment = null };
        var invalid = Assert.IsType<CheckoutResult.Invalid>(await _cart.CheckOutAsync("k", withoutCard)).Problem;
        Assert.Equal((400, "payment"), (invalid.StatusCode, Assert.Single(invalid.ProblemDetails.Errors).Key));
        Assert.Empty(_cart.Broker.Published);

        _cart.Catalog.Price = new Money(0, "EUR");
        await _cart.PutAsync("MUG", 2);
        await _cart.AcceptAsync("k", withoutCard);
        Assert.Null(Assert.Single(_cart.Broker.Published).Payment);
    }

    [Fact]
    public async Task Cart_that_orders_would_refuse_is_rejected()
    {
        await _cart.PutAsync("MUG", 2);
        _cart.Catalog.Name = new string('m', OrderLimits.MaxNameLength + 1);

        Assert.Equal((409, "invalid_order", null), await _cart.RejectAsync("k"));
        Assert.Empty(_cart.Broker.Published);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(OrderLimits.MaxLines, OrderLimits.MaxQuantity)]
    public async Task Every_accepted_checkout_follows_the_rules_of_orders(int lines, int quantity)
    {
        _cart.Catalog.Price = new Money(1_000_000_000, "EUR"); // the maximum price of a product
        _cart.Catalog.Name = new string('m', OrderLimits.MaxNameLength);
        for (var i = 0; i < lines; i++)
        {
            await _cart.PutAsync($"SKU-{i}", quantity);
        }

        await _cart.AcceptAsync("k");
        Assert.Null(CheckoutRules.FindError(Assert.Single(_cart.Broker.Published)));
    }

    private async Task LoseRedisAsync(bool lost)
    {
        if (lost)
        {
            Assert.True(await _cart.Redis.KeyDeleteAsync(CartKeys.Checkout(_cart.CartId, "k")));
        }
    }
}

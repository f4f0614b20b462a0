using Shop.Cart.Carts;
using Shop.Cart.Checkout;
using Shop.Contracts;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Tests.Integration.Support;
using StackExchange.Redis;

namespace Shop.Tests.Integration;

/// <summary>What the cart service remembers of its checkouts in Redis, and what it does when that or another service is lost.</summary>
[Collection(WholeApplication.Name)]
public sealed class CheckoutStateTests(ShopApp shop) : IAsyncLifetime
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Repeated_request_returns_its_order_after_the_order_emptied_the_cart(bool redisWasLost)
    {
        var order = await BuyAsync("k");

        await LoseRedisAsync(redisWasLost);
        Assert.Equal(order, await _cart.AcceptAsync("k"));
        Assert.Single(_cart.Broker.Published);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Reused_key_is_rejected_with_its_order_when_the_cart_contains_other_lines(bool redisWasLost)
    {
        var order = await BuyAsync("k");
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
        var order = await BuyAsync("k");
        await LoseRedisAsync(redisWasLost);

        Assert.Equal(
            (422, "idempotency_key_reused", order),
            await _cart.RejectAsync("k", CheckoutHost.Request with { Payment = new PaymentCard("tok_other") }));
    }

    [Fact]
    public async Task Same_content_bought_again_with_the_same_key_is_the_same_order()
    {
        var order = await BuyAsync("k");
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
        await shortLived.Confirmed.HandleAsync(Confirmation(shortLived.Broker.Published[0]), null!, default);

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
    public async Task Second_key_is_rejected_with_the_order_in_progress_until_that_order_has_ended()
    {
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("tab 1");

        Assert.Equal((409, "checkout_in_progress", first), await _cart.RejectAsync("tab 2"));
        _cart.Store("StockReserved");
        Assert.Equal((409, "checkout_in_progress", first), await _cart.RejectAsync("tab 2"));
        Assert.Single(_cart.Broker.Published);

        await _cart.Ended.HandleAsync(new OrderRejected(first, _cart.CartId, "payment_declined", default), null!, default);
        Assert.NotEqual(first, await _cart.AcceptAsync("tab 2"));
    }

    [Fact]
    public async Task Only_one_of_concurrent_checkouts_with_different_keys_is_accepted()
    {
        await _cart.PutAsync("MUG", 2);

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(tab => _cart.CheckOutAsync($"tab {tab}")));
        Assert.Single(results.OfType<CheckoutResult.Accepted>());
        Assert.Equal(19, results.OfType<CheckoutResult.Rejected>().Count());
        Assert.Single(_cart.Broker.Published);
    }

    [Theory]
    [InlineData("Rejected")]
    [InlineData("Cancelled")]
    [InlineData("Refunded")]
    public async Task Second_key_is_accepted_when_the_order_has_ended_and_its_message_was_not_handled_yet(string status)
    {
        await _cart.PutAsync("MUG", 2);
        await _cart.AcceptAsync("tab 1");
        _cart.Store(status);

        await _cart.AcceptAsync("tab 2");
    }

    [Fact]
    public async Task Confirmed_order_is_not_bought_again_when_its_message_was_not_handled_yet()
    {
        await _cart.PutAsync("MUG", 2);
        await _cart.AcceptAsync("tab 1");
        _cart.Store("Confirmed");

        Assert.Equal((409, "cart_empty", null), await _cart.RejectAsync("tab 2"));
        await _cart.PutAsync("MUG", 1);
        await _cart.Confirmed.HandleAsync(Confirmation(_cart.Broker.Published[0]), null!, default);
        Assert.Equal([("MUG", 1)], await _cart.ReadLinesAsync());
    }

    [Fact]
    public async Task End_of_an_order_does_not_end_a_later_checkout_of_the_cart()
    {
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("tab 1");
        _cart.Store("Cancelled");
        var second = await _cart.AcceptAsync("tab 2");

        await _cart.Ended.HandleAsync(new OrderCancelled(first, _cart.CartId, "changed_mind", default), null!, default);
        Assert.Equal((409, "checkout_in_progress", second), await _cart.RejectAsync("tab 3"));
    }

    [Fact]
    public async Task Checkout_that_replaces_an_order_gets_the_stock_that_the_order_held()
    {
        _cart.Catalog.Available["LAST"] = 1;
        await _cart.PutAsync("LAST", 1);
        var first = await _cart.AcceptAsync("card 1");
        _cart.Catalog.Available["LAST"] = 0;
        _cart.Catalog.Reserved[first] = ("LAST", 1);
        _cart.Store("StockReserved");

        var second = await _cart.AcceptAsync("card 2", Replace(first));
        Assert.NotEqual(first, second);
        Assert.Equal([first], _cart.Orders.Cancelled);
        Assert.Equal((409, "checkout_in_progress", second), await _cart.RejectAsync("card 3"));

        // Repeated, it neither cancels nor orders once more.
        Assert.Equal(second, await _cart.AcceptAsync("card 2", Replace(first)));
        Assert.Equal((2, 1), (_cart.Broker.Published.Count, _cart.Orders.Cancelled.Count));
    }

    [Theory]
    [InlineData("Paid")]
    [InlineData("Confirmed")]
    public async Task Paid_order_is_not_replaced(string status)
    {
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("card 1");
        _cart.Store(status);

        Assert.Equal((409, "order_not_replaceable", first), await _cart.RejectAsync("card 2", Replace(first)));
        Assert.Empty(_cart.Catalog.Released);
        Assert.Single(_cart.Broker.Published);
    }

    [Fact]
    public async Task Order_is_not_replaced_while_orders_is_unavailable()
    {
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("card 1");
        _cart.Orders.IsUnavailable = true;

        Assert.Equal((503, "orders_unavailable", null), await _cart.RejectAsync("card 2", Replace(first)));
        Assert.Equal((409, "checkout_in_progress", first), await _cart.RejectAsync("card 2"));
    }

    [Fact]
    public async Task Order_of_another_cart_is_neither_replaced_nor_ignored()
    {
        var otherCart = $"{_cart.CartId}-other";
        await _cart.PutAsync("MUG", 2, otherCart);
        var other = await _cart.AcceptAsync("k", cartId: otherCart);
        _cart.Store("StockReserved");
        await _cart.PutAsync("MUG", 2);

        Assert.Equal((409, "order_not_replaceable", other), await _cart.RejectAsync("k", Replace(other)));
        Assert.Single(_cart.Broker.Published);
        Assert.Empty(_cart.Orders.Cancelled);
        Assert.Empty(_cart.Catalog.Released);
    }

    [Fact]
    public async Task Checkout_that_the_broker_never_confirmed_blocks_its_cart_for_a_minute_only()
    {
        await _cart.PutAsync("MUG", 2);
        var failed = await FailAsync("k1");

        Assert.Equal((409, "checkout_in_progress", failed), await _cart.RejectAsync("k2"));
        _cart.Time.Advance(TimeSpan.FromMinutes(1));
        await _cart.AcceptAsync("k2");

        // Should the broker have it after all, the order gets no stock and is not charged.
        Assert.Equal([failed], _cart.Catalog.Released);
    }

    [Fact]
    public async Task Accepted_order_that_waits_in_its_queue_is_not_given_up()
    {
        await _cart.PutAsync("MUG", 2);
        var accepted = await _cart.AcceptAsync("k1"); // Orders has not handled it yet

        _cart.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((409, "checkout_in_progress", accepted), await _cart.RejectAsync("k2"));
        Assert.Empty(_cart.Catalog.Released);
    }

    [Fact]
    public async Task Accepted_order_that_waits_in_its_queue_is_not_given_up_by_the_cart_that_it_was_merged_into()
    {
        var member = $"{_cart.CartId}-member";
        await _cart.PutAsync("MUG", 2);
        var accepted = await FailAsync("k1");
        await _cart.Merge.MergeAsync(member, _cart.CartId, default);
        await _cart.Service.CheckOutAsync(_cart.CartId, "k1", CheckoutHost.Request, default);

        _cart.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((409, "checkout_in_progress", accepted), await _cart.RejectAsync("k2", cartId: member));
        Assert.Empty(_cart.Catalog.Released);
    }

    [Fact]
    public async Task Checkout_is_given_up_a_minute_after_the_last_attempt_to_publish_it()
    {
        await _cart.PutAsync("MUG", 2);
        var failed = await FailAsync("k1");
        _cart.Time.Advance(TimeSpan.FromSeconds(59));
        await FailAsync("k1");

        _cart.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal((409, "checkout_in_progress", failed), await _cart.RejectAsync("k2"));
        _cart.Time.Advance(TimeSpan.FromSeconds(1));
        await _cart.AcceptAsync("k2");
    }

    [Fact]
    public async Task Checkout_is_computed_again_when_another_one_bought_the_lines_while_it_waited_for_prices()
    {
        await _cart.PutAsync("MUG", 2);
        _cart.Catalog.WhilePricesAreRead = () => BuyAsync("tab 2", put: false);

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
    public async Task Rejected_request_leaves_the_order_that_it_would_have_replaced()
    {
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("card 1");
        _cart.Store("StockReserved");

        Assert.IsType<CheckoutResult.Invalid>(await _cart.CheckOutAsync("card 2", Replace(first) with { Payment = null }));
        var otherTotal = Replace(first) with { ExpectedTotal = new Money(1, "EUR") };
        Assert.Equal((409, "price_changed", null), await _cart.RejectAsync("card 2", otherTotal));
        await _cart.PutAsync("GONE", 1);
        _cart.Catalog.Available["GONE"] = 0;
        Assert.Equal((409, "lines_unavailable", null), await _cart.RejectAsync("card 2", Replace(first)));
        await _cart.Carts.RemoveLineAsync(_cart.CartId, "GONE", default);
        _cart.Catalog.Name = new string('m', OrderLimits.MaxNameLength + 1);
        Assert.Equal((409, "invalid_order", null), await _cart.RejectAsync("card 2", Replace(first)));

        Assert.Empty(_cart.Orders.Cancelled);
        Assert.Empty(_cart.Catalog.Released);
        Assert.Equal((409, "checkout_in_progress", first), await _cart.RejectAsync("card 3"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Order_that_orders_has_lost_and_whose_stock_was_sold_counts_as_confirmed(bool merged)
    {
        var cart = merged ? $"{_cart.CartId}-member" : _cart.CartId;
        await _cart.PutAsync("MUG", 2);
        var sold = await _cart.AcceptAsync("k1"); // its confirmation was lost when the database of Orders was restored
        _cart.Catalog.Committed.Add(sold);
        if (merged)
        {
            await _cart.Merge.MergeAsync(cart, _cart.CartId, default);
        }

        await _cart.PutAsync("PEN", 1, cart);
        Assert.Equal((409, "order_not_replaceable", sold), await _cart.RejectAsync("k2", Replace(sold), cart));
        Assert.Equal([("PEN", 1)], await _cart.ReadLinesAsync(cart));
        await _cart.AcceptAsync("k3", cartId: cart);
    }

    [Fact]
    public async Task Replaced_order_gets_no_stock_when_redis_has_lost_its_checkout_and_orders_has_not_handled_it()
    {
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("card 1");
        await LoseCheckoutInProgressAsync();

        await _cart.AcceptAsync("card 2", Replace(first));
        Assert.Equal([first], _cart.Catalog.Released);
    }

    [Fact]
    public async Task Replaced_order_is_cancelled_when_another_order_of_the_cart_has_ended()
    {
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("card 1");
        _cart.Store("StockReserved");
        await LoseCheckoutInProgressAsync();
        await _cart.AcceptAsync("card 2");
        _cart.Store("Rejected");

        await _cart.AcceptAsync("card 3", Replace(first));
        Assert.Equal([first], _cart.Orders.Cancelled);
    }

    [Fact]
    public async Task Refunded_order_that_is_replaced_does_not_take_lines_out_of_the_cart()
    {
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("card 1");
        _cart.Store("Refunded");
        _cart.Catalog.Committed.Add(first);

        await _cart.AcceptAsync("card 2", Replace(first));
        Assert.Empty(_cart.Catalog.Released);
        Assert.Equal([("MUG", 2)], await _cart.ReadLinesAsync());
    }

    [Fact]
    public async Task Order_cannot_replace_itself()
    {
        await _cart.PutAsync("MUG", 2);

        var itself = Replace(OrderIds.For(_cart.CartId, "k"));
        Assert.Equal("replaces", Assert.Single(
            Assert.IsType<CheckoutResult.Invalid>(await _cart.CheckOutAsync("k", itself)).Problem.ProblemDetails.Errors).Key);
        Assert.Empty(_cart.Catalog.Released);
    }

    [Fact]
    public async Task Checkout_that_the_broker_never_confirmed_can_be_replaced_at_once()
    {
        await _cart.PutAsync("MUG", 2);
        var failed = await FailAsync("k1");

        await _cart.AcceptAsync("k2", Replace(failed));
        Assert.Equal([failed], _cart.Catalog.Released);
    }

    [Fact]
    public async Task Checkout_that_the_broker_never_confirmed_is_published_when_it_is_repeated()
    {
        await _cart.PutAsync("MUG", 2);
        var failed = await FailAsync("k1");

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

    [Fact]
    public async Task Removal_of_purchased_lines_from_a_merged_cart_is_continued_after_a_failure()
    {
        var member = $"{_cart.CartId}-member";
        await _cart.PutAsync("MUG", 2);
        var order = await _cart.AcceptAsync("k");
        await _cart.PutAsync("MUG", 3);
        await _cart.Merge.MergeAsync(member, _cart.CartId, default);
        await _cart.PutAsync("PEN", 1); // in use again
        CartLine[] purchased = [new("MUG", 2)];

        // The connection to Redis is lost after one of the carts: the other one cannot be changed because it has another type.
        await _cart.Redis.KeyRenameAsync(CartKeys.Lines(_cart.CartId), "renamed-" + _cart.CartId);
        await _cart.Redis.StringSetAsync(CartKeys.Lines(_cart.CartId), "not a cart");
        await Assert.ThrowsAsync<RedisServerException>(
            () => _cart.Carts.RemovePurchasedLinesAsync(_cart.CartId, order, [.. purchased, new("PEN", 1)], default));
        await _cart.Redis.KeyRenameAsync("renamed-" + _cart.CartId, CartKeys.Lines(_cart.CartId));

        Assert.True(await _cart.Carts.RemovePurchasedLinesAsync(_cart.CartId, order, purchased, default));
        Assert.False(await _cart.Carts.RemovePurchasedLinesAsync(_cart.CartId, order, purchased, default));
        Assert.Equal([("MUG", 1)], await _cart.ReadLinesAsync(member));
        Assert.Empty(await _cart.ReadLinesAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")] // as earlier versions marked it
    public async Task Purchased_lines_are_not_removed_again_for_a_marked_order(string mark)
    {
        var order = Guid.NewGuid();
        await _cart.PutAsync("MUG", 2);
        await _cart.Redis.StringSetAsync(CartKeys.RemovedByOrder(_cart.CartId, order), mark);

        Assert.False(await _cart.Carts.RemovePurchasedLinesAsync(_cart.CartId, order, [new CartLine("MUG", 2)], default));
        Assert.Equal([("MUG", 2)], await _cart.ReadLinesAsync());
    }

    [Fact]
    public async Task Purchased_lines_leave_the_cart_that_bought_them_when_another_cart_was_merged_into_it()
    {
        // This cart was merged into the member's, and then another cart was merged into this one: it is in use again.
        var (member, other) = ($"{_cart.CartId}-member", $"{_cart.CartId}-other");
        await _cart.PutAsync("MUG", 2, member);
        await _cart.PutAsync("HAT", 1);
        await _cart.Merge.MergeAsync(member, _cart.CartId, default);
        await _cart.PutAsync("MUG", 2, other);
        await _cart.Merge.MergeAsync(_cart.CartId, other, default);

        var order = await _cart.AcceptAsync("k");
        await _cart.Carts.RemoveLineAsync(_cart.CartId, "MUG", default);
        await _cart.Confirmed.HandleAsync(Confirmation(_cart.Broker.Published[0]), null!, default);

        Assert.Equal(order, _cart.Broker.Published[0].OrderId);
        Assert.Equal([("HAT", 1), ("MUG", 2)], await _cart.ReadLinesAsync(member));
    }

    [Fact]
    public async Task Lines_that_are_being_bought_are_not_bought_again_after_they_were_merged_into_another_cart()
    {
        var member = $"{_cart.CartId}-member";
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("k");
        await _cart.Merge.MergeAsync(member, _cart.CartId, default);

        Assert.Equal((409, "checkout_in_progress", first), await _cart.RejectAsync("k2", cartId: member));
        await _cart.Confirmed.HandleAsync(Confirmation(_cart.Broker.Published[0]), null!, default);
        Assert.Equal((409, "cart_empty", null), await _cart.RejectAsync("k2", cartId: member));
        Assert.Null(await _cart.Checkouts.FindInProgressAsync(member, default));
    }

    [Theory]
    [InlineData("PEN")]
    [InlineData("MUG")]
    public async Task Purchased_lines_leave_the_cart_that_they_were_merged_into_when_their_first_cart_is_used_again(string added)
    {
        var member = $"{_cart.CartId}-member";
        await _cart.PutAsync("MUG", 2);
        await _cart.AcceptAsync("k");
        await _cart.Merge.MergeAsync(member, _cart.CartId, default);
        await _cart.PutAsync(added, 1);

        await _cart.Confirmed.HandleAsync(Confirmation(_cart.Broker.Published[0]), null!, default);
        Assert.Empty(await _cart.ReadLinesAsync(member));
        Assert.Equal([(added, 1)], await _cart.ReadLinesAsync());
        await _cart.AcceptAsync("k2");
    }

    [Fact]
    public async Task Purchased_lines_leave_the_last_of_several_merged_carts()
    {
        var (member, household) = ($"{_cart.CartId}-member", $"{_cart.CartId}-household");
        await _cart.PutAsync("MUG", 2);
        var order = await _cart.AcceptAsync("k");
        await _cart.Merge.MergeAsync(member, _cart.CartId, default);
        await _cart.PutAsync("PEN", 1);
        await _cart.Merge.MergeAsync(household, member, default);
        await _cart.PutAsync("HAT", 1, member);

        Assert.Equal((409, "checkout_in_progress", order), await _cart.RejectAsync("k2", cartId: household));
        await _cart.Confirmed.HandleAsync(Confirmation(_cart.Broker.Published[0]), null!, default);
        Assert.Empty(await _cart.ReadLinesAsync(household));
        Assert.Null(await _cart.Checkouts.FindInProgressAsync(household, default));
    }

    [Fact]
    public async Task Confirmed_order_is_not_bought_again_by_the_cart_it_was_merged_into_when_the_first_cart_has_lost_it()
    {
        var member = $"{_cart.CartId}-member";
        await _cart.PutAsync("MUG", 2);
        await _cart.AcceptAsync("k");
        _cart.Store("Confirmed");
        await _cart.Merge.MergeAsync(member, _cart.CartId, default);
        await LoseCheckoutInProgressAsync();

        Assert.Equal((409, "cart_empty", null), await _cart.RejectAsync("k2", cartId: member));
    }

    [Fact]
    public async Task Carts_are_not_merged_while_each_is_being_checked_out()
    {
        var member = $"{_cart.CartId}-member";
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("k1");
        await _cart.PutAsync("PEN", 1, member);
        var second = await _cart.AcceptAsync("k2", cartId: member);

        var refused = Assert.IsType<MergeResult.CheckoutsInProgress>(await _cart.Merge.MergeAsync(member, _cart.CartId, default));
        Assert.Equal([second, first], refused.OrderIds);
        Assert.Equal([("MUG", 2)], await _cart.ReadLinesAsync());
        Assert.Equal([("PEN", 1)], await _cart.ReadLinesAsync(member));

        await _cart.Confirmed.HandleAsync(Confirmation(_cart.Broker.Published[1]), null!, default);
        Assert.IsType<MergeResult.Merged>(await _cart.Merge.MergeAsync(member, _cart.CartId, default));
        Assert.Equal((409, "checkout_in_progress", first), await _cart.RejectAsync("k3", cartId: member));
    }

    private static CheckoutRequest Replace(Guid orderId) => CheckoutHost.Request with { Replaces = orderId };

    private static OrderConfirmed Confirmation(CheckoutSubmitted checkout) =>
        new(checkout.OrderId, checkout.CartId, checkout.Lines, checkout.Total, default);

    /// <summary>Checks out two mugs and lets the order be confirmed, which empties the cart.</summary>
    private async Task<Guid> BuyAsync(string key, bool put = true)
    {
        if (put)
        {
            await _cart.PutAsync("MUG", 2);
        }

        var order = await _cart.AcceptAsync(key);
        _cart.Store("Confirmed");
        await _cart.Confirmed.HandleAsync(Confirmation(_cart.Broker.Published[0]), null!, default);
        Assert.Empty(await _cart.ReadLinesAsync());
        return order;
    }

    private async Task<Guid> FailAsync(string key)
    {
        _cart.Broker.IsUnavailable = true;
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => _cart.CheckOutAsync(key));
        _cart.Broker.IsUnavailable = false;
        return OrderIds.For(_cart.CartId, key);
    }

    private Task<bool> LoseCheckoutInProgressAsync() => _cart.Redis.KeyDeleteAsync(CartKeys.CheckoutInProgress(_cart.CartId));

    private async Task LoseRedisAsync(bool lost)
    {
        if (lost)
        {
            Assert.True(await _cart.Redis.KeyDeleteAsync(CartKeys.Checkout(_cart.CartId, "k")));
        }
    }
}

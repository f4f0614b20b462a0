using Grpc.Core;
using Shop.Cart.Checkout;
using Shop.Contracts;
using Shop.Contracts.Messages;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>One checkout of a cart at a time: when another one is accepted, and what becomes of the order before it.</summary>
[Collection(WholeApplication.Name)]
public sealed class ReplaceCheckoutTests(ShopApp shop) : IAsyncLifetime
{
    private CheckoutHost _cart = null!;

    public async Task InitializeAsync() => _cart = await CheckoutHost.StartAsync(shop);

    public Task DisposeAsync() => _cart.DisposeAsync().AsTask();

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
        await _cart.Confirmed.HandleAsync(CheckoutHost.Confirm(_cart.Broker.Published[0]), null!, default);
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

        var second = await _cart.AcceptAsync("card 2", CheckoutHost.Replace(first));
        Assert.NotEqual(first, second);
        Assert.Equal([first], _cart.Orders.Cancelled);
        Assert.Equal((409, "checkout_in_progress", second), await _cart.RejectAsync("card 3"));

        // Repeated, it neither cancels nor orders once more.
        Assert.Equal(second, await _cart.AcceptAsync("card 2", CheckoutHost.Replace(first)));
        Assert.Equal((2, 1), (_cart.Broker.Published.Count, _cart.Orders.Cancelled.Count));
    }

    [Theory]
    [InlineData("StockReserved")] // and cancelled by the request that fails
    [InlineData("Rejected")]
    public async Task Replacement_that_is_repeated_after_a_failure_gets_the_stock_of_the_order_that_has_ended(string status)
    {
        _cart.Catalog.Available["LAST"] = 1;
        await _cart.PutAsync("LAST", 1);
        var first = await _cart.AcceptAsync("card 1");
        _cart.Catalog.Available["LAST"] = 0;
        _cart.Catalog.Reserved[first] = ("LAST", 1);
        _cart.Store(status);
        _cart.Catalog.BeforeRelease = () => throw new RpcException(new Status(StatusCode.Unavailable, "No catalog"));
        await Assert.ThrowsAsync<RpcException>(() => _cart.CheckOutAsync("card 2", CheckoutHost.Replace(first)));

        await _cart.AcceptAsync("card 2", CheckoutHost.Replace(first));
        Assert.Equal(2, _cart.Broker.Published.Count);
    }

    [Fact]
    public async Task Order_that_is_rejected_while_it_is_replaced_does_not_stop_the_checkout()
    {
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("card 1");
        _cart.Store("StockReserved");
        _cart.Orders.BeforeCancel = () => _cart.Store("Rejected");

        await _cart.AcceptAsync("card 2", CheckoutHost.Replace(first));
        Assert.Equal([first], _cart.Catalog.Released);
    }

    [Fact]
    public async Task Order_is_not_cancelled_when_its_cart_was_changed_so_that_it_cannot_be_checked_out()
    {
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("card 1");
        _cart.Store("StockReserved");
        _cart.Catalog.WhilePricesAreRead = () => _cart.Carts.RemoveLineAsync(_cart.CartId, "MUG", default);

        Assert.Equal((409, "cart_empty", null), await _cart.RejectAsync("card 2", CheckoutHost.Replace(first)));
        Assert.Empty(_cart.Orders.Cancelled);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Order_that_was_stored_and_paid_while_it_was_given_up_is_not_lost(bool replaced)
    {
        await _cart.PutAsync("MUG", 2);
        var paid = await _cart.FailAsync("k1"); // the broker has it although it did not confirm it
        _cart.Time.Advance(TimeSpan.FromMinutes(1));
        _cart.Catalog.BeforeRelease = () =>
        {
            _cart.Catalog.Committed.Add(paid);
            _cart.Orders.Store(
                new CheckoutSubmitted(
                    paid, _cart.CartId, [new OrderLine("MUG", "Mug", 2, _cart.Catalog.Price)], _cart.Catalog.Price * 2,
                    CheckoutHost.Request.Recipient, CheckoutHost.Request.Payment, default),
                "Paid");
        };

        Assert.Equal(
            (409, replaced ? "order_not_replaceable" : "checkout_in_progress", paid),
            await _cart.RejectAsync("k2", replaced ? CheckoutHost.Replace(paid) : null));
        Assert.Equal([("MUG", 2)], await _cart.ReadLinesAsync());
        Assert.Equal((409, "checkout_in_progress", paid), await _cart.RejectAsync("k3"));
    }

    [Theory]
    [InlineData("Paid")]
    [InlineData("Confirmed")]
    public async Task Paid_order_is_not_replaced(string status)
    {
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("card 1");
        _cart.Store(status);

        Assert.Equal((409, "order_not_replaceable", first), await _cart.RejectAsync("card 2", CheckoutHost.Replace(first)));
        Assert.Empty(_cart.Catalog.Released);
        Assert.Single(_cart.Broker.Published);
    }

    [Fact]
    public async Task Order_is_not_replaced_while_orders_is_unavailable()
    {
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("card 1");
        _cart.Orders.IsUnavailable = true;

        Assert.Equal((503, "orders_unavailable", null), await _cart.RejectAsync("card 2", CheckoutHost.Replace(first)));
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

        Assert.Equal((409, "order_not_replaceable", other), await _cart.RejectAsync("k", CheckoutHost.Replace(other)));
        Assert.Single(_cart.Broker.Published);
        Assert.Empty(_cart.Orders.Cancelled);
        Assert.Empty(_cart.Catalog.Released);
    }

    [Fact]
    public async Task Checkout_that_the_broker_never_confirmed_blocks_its_cart_for_a_minute_only()
    {
        await _cart.PutAsync("MUG", 2);
        var failed = await _cart.FailAsync("k1");

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
    public async Task Checkout_is_given_up_a_minute_after_the_last_attempt_to_publish_it()
    {
        await _cart.PutAsync("MUG", 2);
        var failed = await _cart.FailAsync("k1");
        _cart.Time.Advance(TimeSpan.FromSeconds(59));
        await _cart.FailAsync("k1");

        _cart.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal((409, "checkout_in_progress", failed), await _cart.RejectAsync("k2"));
        _cart.Time.Advance(TimeSpan.FromSeconds(1));
        await _cart.AcceptAsync("k2");
    }

    [Fact]
    public async Task Rejected_request_leaves_the_order_that_it_would_have_replaced()
    {
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("card 1");
        _cart.Store("StockReserved");

        Assert.IsType<CheckoutResult.Invalid>(await _cart.CheckOutAsync("card 2", CheckoutHost.Replace(first) with { Payment = null }));
        var otherTotal = CheckoutHost.Replace(first) with { ExpectedTotal = new Money(1, "EUR") };
        Assert.Equal((409, "price_changed", null), await _cart.RejectAsync("card 2", otherTotal));
        await _cart.PutAsync("GONE", 1);
        _cart.Catalog.Available["GONE"] = 0;
        Assert.Equal((409, "lines_unavailable", null), await _cart.RejectAsync("card 2", CheckoutHost.Replace(first)));
        await _cart.Carts.RemoveLineAsync(_cart.CartId, "GONE", default);
        _cart.Catalog.Name = new string('m', OrderLimits.MaxNameLength + 1);
        Assert.Equal((409, "invalid_order", null), await _cart.RejectAsync("card 2", CheckoutHost.Replace(first)));

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
        Assert.Equal((409, "order_not_replaceable", sold), await _cart.RejectAsync("k2", CheckoutHost.Replace(sold), cart));
        Assert.Equal([("PEN", 1)], await _cart.ReadLinesAsync(cart));
        await _cart.AcceptAsync("k3", cartId: cart);
    }

    [Fact]
    public async Task Replaced_order_gets_no_stock_when_redis_has_lost_its_checkout_and_orders_has_not_handled_it()
    {
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("card 1");
        await _cart.LoseCheckoutInProgressAsync();

        await _cart.AcceptAsync("card 2", CheckoutHost.Replace(first));
        Assert.Equal([first], _cart.Catalog.Released);
    }

    [Fact]
    public async Task Replaced_order_is_cancelled_when_another_order_of_the_cart_has_ended()
    {
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("card 1");
        _cart.Store("StockReserved");
        await _cart.LoseCheckoutInProgressAsync();
        await _cart.AcceptAsync("card 2");
        _cart.Store("Rejected");

        await _cart.AcceptAsync("card 3", CheckoutHost.Replace(first));
        Assert.Equal([first], _cart.Orders.Cancelled);
    }

    [Fact]
    public async Task Refunded_order_that_is_replaced_does_not_take_lines_out_of_the_cart()
    {
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("card 1");
        _cart.Store("Refunded");
        _cart.Catalog.Committed.Add(first);

        await _cart.AcceptAsync("card 2", CheckoutHost.Replace(first));
        Assert.Empty(_cart.Catalog.Released);
        Assert.Equal([("MUG", 2)], await _cart.ReadLinesAsync());
    }

    [Fact]
    public async Task Order_cannot_replace_itself()
    {
        await _cart.PutAsync("MUG", 2);

        var itself = CheckoutHost.Replace(OrderIds.For(_cart.CartId, "k"));
        Assert.Equal("replaces", Assert.Single(
            Assert.IsType<CheckoutResult.Invalid>(await _cart.CheckOutAsync("k", itself)).Problem.ProblemDetails.Errors).Key);
        Assert.Empty(_cart.Catalog.Released);
    }

    [Fact]
    public async Task Checkout_that_the_broker_never_confirmed_can_be_replaced_at_once()
    {
        await _cart.PutAsync("MUG", 2);
        var failed = await _cart.FailAsync("k1");

        await _cart.AcceptAsync("k2", CheckoutHost.Replace(failed));
        Assert.Equal([failed], _cart.Catalog.Released);
    }
}

using Shop.Cart.Carts;
using Shop.Tests.Integration.Support;
using StackExchange.Redis;

namespace Shop.Tests.Integration;

/// <summary>Carts that are merged while one of them is being checked out.</summary>
[Collection(WholeApplication.Name)]
public sealed class MergedCheckoutTests(ShopApp shop) : IAsyncLifetime
{
    private CheckoutHost _cart = null!;

    public async Task InitializeAsync() => _cart = await CheckoutHost.StartAsync(shop);

    public Task DisposeAsync() => _cart.DisposeAsync().AsTask();

    [Fact]
    public async Task Accepted_order_that_waits_in_its_queue_is_not_given_up_by_the_cart_that_it_was_merged_into()
    {
        var member = $"{_cart.CartId}-member";
        await _cart.PutAsync("MUG", 2);
        var accepted = await _cart.FailAsync("k1");
        await _cart.Merge.MergeAsync(member, _cart.CartId, default);
        await _cart.Service.CheckOutAsync(_cart.CartId, "k1", CheckoutHost.Request, customerId: null, default);

        _cart.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((409, "checkout_in_progress", accepted), await _cart.RejectAsync("k2", cartId: member));
        Assert.Empty(_cart.Catalog.Released);
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
        await _cart.Confirmed.HandleAsync(CheckoutHost.Confirm(_cart.Broker.Published[0]), null!, default);

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
        await _cart.Confirmed.HandleAsync(CheckoutHost.Confirm(_cart.Broker.Published[0]), null!, default);
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

        await _cart.Confirmed.HandleAsync(CheckoutHost.Confirm(_cart.Broker.Published[0]), null!, default);
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
        await _cart.Confirmed.HandleAsync(CheckoutHost.Confirm(_cart.Broker.Published[0]), null!, default);
        Assert.Empty(await _cart.ReadLinesAsync(household));
        Assert.Null(await _cart.Checkouts.FindInProgressAsync(household, default));
    }

    [Fact]
    public async Task Cart_that_is_being_checked_out_is_merged_into_eight_carts_at_most()
    {
        await _cart.PutAsync("MUG", 1);
        var order = await _cart.AcceptAsync("k");
        for (var target = 0; target < 8; target++)
        {
            Assert.IsType<MergeResult.Merged>(await _cart.Merge.MergeAsync($"{_cart.CartId}-{target}", _cart.CartId, default));
            await _cart.PutAsync("PEN", 1);
        }

        var ninth = await _cart.Merge.MergeAsync($"{_cart.CartId}-9", _cart.CartId, default);
        var refused = Assert.IsType<MergeResult.CheckoutsInProgress>(ninth);
        Assert.Equal([order, order], refused.OrderIds);
        Assert.IsType<MergeResult.Merged>(await _cart.Merge.MergeAsync($"{_cart.CartId}-0", _cart.CartId, default));
    }

    [Fact]
    public async Task Confirmed_order_is_not_bought_again_by_the_cart_it_was_merged_into_when_the_first_cart_has_lost_it()
    {
        var member = $"{_cart.CartId}-member";
        await _cart.PutAsync("MUG", 2);
        await _cart.AcceptAsync("k");
        _cart.Store("Confirmed");
        await _cart.Merge.MergeAsync(member, _cart.CartId, default);
        await _cart.LoseCheckoutInProgressAsync();

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

        await _cart.Confirmed.HandleAsync(CheckoutHost.Confirm(_cart.Broker.Published[1]), null!, default);
        Assert.IsType<MergeResult.Merged>(await _cart.Merge.MergeAsync(member, _cart.CartId, default));
        Assert.Equal((409, "checkout_in_progress", first), await _cart.RejectAsync("k3", cartId: member));
    }

    [Theory]
    [InlineData("Rejected", true)]
    [InlineData("Rejected", false)]
    [InlineData("Confirmed", true)]
    [InlineData("Confirmed", false)]
    public async Task Carts_are_merged_when_an_order_has_ended_and_its_message_was_not_handled(string status, bool orderOfSource)
    {
        var member = $"{_cart.CartId}-member";
        await _cart.PutAsync("MUG", 2);
        var first = await _cart.AcceptAsync("k1");
        await _cart.PutAsync("PEN", 1, member);
        var second = await _cart.AcceptAsync("k2", cartId: member);
        _cart.Orders.Store(_cart.Broker.Published[orderOfSource ? 0 : 1], status);

        Assert.IsType<MergeResult.Merged>(await _cart.Merge.MergeAsync(member, _cart.CartId, default));
        (string, int)[] lines = status == "Rejected" ? [("MUG", 2), ("PEN", 1)] : orderOfSource ? [("PEN", 1)] : [("MUG", 2)];
        Assert.Equal(lines, await _cart.ReadLinesAsync(member));
        Assert.Equal(
            (409, "checkout_in_progress", orderOfSource ? second : first), await _cart.RejectAsync("k3", cartId: member));
    }

    [Fact]
    public async Task Cart_whose_order_was_never_published_is_merged_after_a_minute()
    {
        var member = $"{_cart.CartId}-member";
        await _cart.PutAsync("MUG", 2);
        var failed = await _cart.FailAsync("k1");
        await _cart.PutAsync("PEN", 1, member);
        await _cart.AcceptAsync("k2", cartId: member);

        _cart.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.IsType<MergeResult.Merged>(await _cart.Merge.MergeAsync(member, _cart.CartId, default));
        Assert.Equal([failed], _cart.Catalog.Released);
    }

    [Fact]
    public async Task Units_of_a_cart_are_kept_when_another_one_was_merged_into_it_after_its_purchased_lines_were_removed()
    {
        var member = $"{_cart.CartId}-member";
        await _cart.PutAsync("MUG", 2);
        var order = await _cart.AcceptAsync("k");
        var confirmation = CheckoutHost.Confirm(_cart.Broker.Published[0]);

        // The process ends before the end of the checkout is stored.
        Assert.True(await _cart.Carts.RemovePurchasedLinesAsync(_cart.CartId, order, [new("MUG", 2)], default));
        await _cart.PutAsync("PEN", 1);
        await _cart.PutAsync("MUG", 2, member);
        await _cart.Merge.MergeAsync(member, _cart.CartId, default);

        await _cart.Confirmed.HandleAsync(confirmation, null!, default);
        Assert.Equal([("MUG", 2), ("PEN", 1)], await _cart.ReadLinesAsync(member));
        Assert.Null(await _cart.Checkouts.FindInProgressAsync(member, default));
    }

    [Fact]
    public async Task Continued_removal_of_purchased_lines_takes_only_missing_units_from_a_cart_that_was_merged_meanwhile()
    {
        var (member, household) = ($"{_cart.CartId}-member", $"{_cart.CartId}-household");
        await _cart.PutAsync("MUG", 3);
        var order = await _cart.AcceptAsync("k");
        await _cart.Merge.MergeAsync(member, _cart.CartId, default);
        await _cart.PutAsync("MUG", 2, member); // the customer removes one

        // The process ends after the first of the carts.
        await _cart.Carts.RemovePurchasedLinesAsync(member, order, [new("MUG", 3)], default);
        await _cart.PutAsync("PEN", 1);
        await _cart.PutAsync("MUG", 3, household);
        await _cart.Merge.MergeAsync(household, _cart.CartId, default);

        await _cart.Confirmed.HandleAsync(CheckoutHost.Confirm(_cart.Broker.Published[0]), null!, default);
        Assert.Equal([("MUG", 2), ("PEN", 1)], await _cart.ReadLinesAsync(household));
        await _cart.Confirmed.HandleAsync(CheckoutHost.Confirm(_cart.Broker.Published[0]), null!, default);
        Assert.Equal([("MUG", 2), ("PEN", 1)], await _cart.ReadLinesAsync(household));
    }
}

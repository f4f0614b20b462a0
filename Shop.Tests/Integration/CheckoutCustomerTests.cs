using Shop.Cart.Carts;
using Shop.Cart.Checkout;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>Whose order a checkout creates, when its customer signs in or out between two requests with one key.</summary>
[Collection(WholeApplication.Name)]
public sealed class CheckoutCustomerTests(ShopApp shop) : IAsyncLifetime
{
    private CheckoutHost _cart = null!;

    public async Task InitializeAsync()
    {
        _cart = await CheckoutHost.StartAsync(shop);
        await _cart.PutAsync("MUG", 2);
    }

    public Task DisposeAsync() => _cart.DisposeAsync().AsTask();

    [Theory]
    [InlineData(null)]
    [InlineData("ada")]
    public async Task Order_is_that_of_the_member_who_checked_out_or_of_a_guest(string? customerId)
    {
        await _cart.AcceptAsync("k", customerId: customerId);

        Assert.Equal(customerId, Assert.Single(_cart.Broker.Published).CustomerId);
    }

    [Theory]
    [InlineData(null, "ada", false)]
    [InlineData(null, "ada", true)]
    [InlineData("ada", null, false)]
    [InlineData("ada", null, true)]
    [InlineData("ada", "ada", false)]
    [InlineData("ada", "ada", true)]
    public async Task Repeated_request_returns_its_order_when_its_customer_has_signed_in_or_out(
        string? first, string? second, bool redisWasLost)
    {
        var order = await _cart.AcceptAsync("k", customerId: first);
        _cart.Store("Submitted");
        if (redisWasLost)
        {
            await LoseRedisAsync();
        }

        Assert.Equal(order, await _cart.AcceptAsync("k", customerId: second));
        Assert.Equal(first, Assert.Single(_cart.Broker.Published).CustomerId);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Key_of_another_member_is_rejected(bool redisWasLost)
    {
        var order = await _cart.AcceptAsync("k", customerId: "ada");
        _cart.Store("Submitted");
        if (redisWasLost)
        {
            await LoseRedisAsync();
        }

        Assert.Equal((422, "idempotency_key_reused", order), await _cart.RejectAsync("k", customerId: "bob"));
        Assert.Single(_cart.Broker.Published);
    }

    [Fact]
    public async Task Order_that_was_not_accepted_is_that_of_the_member_who_signed_in_before_repeating_the_request()
    {
        await FailAsync("k", customerId: null);

        await _cart.AcceptAsync("k", customerId: "ada");
        Assert.Equal("ada", Assert.Single(_cart.Broker.Published).CustomerId);
        Assert.Equal(422, (await _cart.RejectAsync("k", customerId: "bob")).Status);
    }

    [Fact]
    public async Task Order_that_was_not_accepted_stays_that_of_its_member_when_the_token_has_expired_before_the_request_is_repeated()
    {
        await FailAsync("k", customerId: "ada");

        await _cart.AcceptAsync("k", customerId: null);
        Assert.Equal("ada", Assert.Single(_cart.Broker.Published).CustomerId);
    }

    [Fact]
    public async Task Rejected_request_of_a_guest_whose_content_differs_does_not_get_the_member_as_its_customer()
    {
        await FailAsync("k", customerId: null);
        await _cart.PutAsync("PEN", 1);

        Assert.Equal(422, (await _cart.RejectAsync("k", customerId: "ada")).Status);
        await _cart.Carts.RemoveLineAsync(_cart.CartId, "PEN", default);
        await _cart.AcceptAsync("k", customerId: null);
        Assert.Null(Assert.Single(_cart.Broker.Published).CustomerId);
    }

    [Fact]
    public async Task Concurrent_requests_of_two_members_create_the_order_of_one()
    {
        await FailAsync("k", customerId: null);

        var results = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => _cart.CheckOutAsync("k", customerId: i % 2 == 0 ? "ada" : "bob")));

        Assert.Equal(10, results.Count(result => result is CheckoutResult.Accepted));
        Assert.Equal(10, results.Count(result => result is CheckoutResult.Rejected));
        Assert.NotNull(Assert.Single(_cart.Broker.Published.Select(message => message.CustomerId).Distinct()));
    }

    [Fact]
    public async Task Customer_is_stored_in_redis_as_a_hash_only_as_soon_as_the_order_is_published()
    {
        await _cart.AcceptAsync("k", customerId: "ada-of-this-test");

        var fields = await _cart.Redis.HashGetAllAsync(CartKeys.Checkout(_cart.CartId, "k"));
        Assert.Equal(
            ["content-hash", "customer-hash", "order-id"], fields.Select(field => $"{field.Name}").Order(StringComparer.Ordinal));
        Assert.DoesNotContain(fields, field => $"{field.Value}".Contains("ada-of-this-test", StringComparison.Ordinal));
    }

    // Cart version before members: no customer in the stored order, and no hash of one.
    [Fact]
    public async Task Checkout_that_an_earlier_version_has_stored_is_continued()
    {
        await FailAsync("k", customerId: null);
        var key = CartKeys.Checkout(_cart.CartId, "k");
        var order = $"{await _cart.Redis.HashGetAsync(key, "order")}";
        Assert.Contains(""","CustomerId":null""", order, StringComparison.Ordinal);
        await _cart.Redis.HashSetAsync(key, "order", order.Replace(""","CustomerId":null""", "", StringComparison.Ordinal));

        await _cart.AcceptAsync("k", customerId: null);
        Assert.Null(Assert.Single(_cart.Broker.Published).CustomerId);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Second_click_after_the_sign_in_returns_the_order_when_the_cart_was_merged_into_that_of_the_member(bool failed)
    {
        var member = $"{_cart.CartId}-member";
        var order = failed ? await FailAsync("k", customerId: null) : await _cart.AcceptAsync("k");
        await _cart.Merge.MergeAsync(member, _cart.CartId, default);

        Assert.Equal(order, await _cart.AcceptAsync("k", cartId: member, customerId: "ada"));
        var message = Assert.Single(_cart.Broker.Published);
        Assert.Equal((order, _cart.CartId, failed ? "ada" : null), (message.OrderId, message.CartId, message.CustomerId));

        // The order takes its lines out of the member's cart, so a later click orders nothing.
        await _cart.Confirmed.HandleAsync(
            new OrderConfirmed(message.OrderId, message.CartId, message.Lines, message.Total, default), null!, default);
        Assert.Equal((409, "cart_empty", null), await _cart.RejectAsync("k", cartId: member, customerId: "ada"));
    }

    [Fact]
    public async Task Second_click_after_the_sign_in_is_told_the_order_in_progress_when_the_cart_of_the_member_had_other_lines()
    {
        var member = $"{_cart.CartId}-member";
        await _cart.PutAsync("PEN", 1, member);
        var order = await _cart.AcceptAsync("k");
        await _cart.Merge.MergeAsync(member, _cart.CartId, default);

        Assert.Equal((409, "checkout_in_progress", order), await _cart.RejectAsync("k", cartId: member, customerId: "ada"));
        Assert.Single(_cart.Broker.Published);
    }

    private async Task<Guid> FailAsync(string key, string? customerId)
    {
        _cart.Broker.IsUnavailable = true;
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => _cart.CheckOutAsync(key, customerId: customerId));
        _cart.Broker.IsUnavailable = false;
        return OrderIds.For(_cart.CartId, key);
    }

    private async Task LoseRedisAsync()
    {
        Assert.True(await _cart.Redis.KeyDeleteAsync(CartKeys.Checkout(_cart.CartId, "k")));
        Assert.True(await _cart.Redis.KeyDeleteAsync(CartKeys.CheckoutInProgress(_cart.CartId)));
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Orders;

[Collection(WholeApplication.Name)]
public sealed class ChangingMindTests(ShopApp shop)
{
    private readonly CatalogAdminClient _keeper = new(shop);

    [Fact]
    public async Task An_order_that_is_not_paid_can_be_cancelled_and_gives_its_stock_back()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_abandoned");
        await buyer.WaitForPendingPaymentAsync();

        for (var i = 0; i < 2; i++) // asking again changes nothing
        {
            using var cancelled = await buyer.CancelAsync();
            Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        }

        var order = await buyer.WaitForStatusAsync("Cancelled");
        Assert.Equal("changed_mind", order.GetProperty("reason").GetString());
        Assert.Equal(["Submitted", "StockReserved", "Cancelled"], order.GetProperty("changes").EnumerateArray().Select(change => change.GetProperty("status").GetString()));
        await buyer.WaitForCompletionAsync();
        await Eventually.ReadAsync(() => _keeper.StockAsync(buyer.Sku), stock => stock == new Level(1, 0, 1));
        Assert.Equal("PaidBack", await buyer.PaymentAsync());

        // The buyer's bank says yes after all: they keep their money.
        Assert.Equal(new WebhookResponse(200, "Cancelled"), await new PaymentProviderClient(shop).CallAsync(PaymentProviderClient.Body(buyer.OrderId)));
        using var refund = await buyer.RefundAsync();
        await AssertRefusedAsync(refund, "not_refundable", "Cancelled");
    }

    [Fact]
    public async Task A_confirmed_order_is_refunded_in_full_and_its_goods_stay_away()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_ok");
        await buyer.WaitForStatusAsync("Confirmed");

        using var tooLate = await buyer.CancelAsync();
        await AssertRefusedAsync(tooLate, "not_cancellable", "Confirmed");

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => buyer.RefundAsync()));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));

        await buyer.WaitForStatusAsync("Refunded");
        await buyer.WaitForCompletionAsync();
        Assert.Equal("PaidBack", await buyer.PaymentAsync());
        Assert.Equal(new Level(0, 0, 0), await _keeper.StockAsync(buyer.Sku));
    }

    [Fact]
    public async Task A_rejected_order_can_neither_be_cancelled_nor_refunded()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_declined");
        await buyer.WaitForStatusAsync("Rejected");
        using var cancel = await buyer.CancelAsync();
        await AssertRefusedAsync(cancel, "not_cancellable", "Rejected");
        using var refund = await buyer.RefundAsync();
        await AssertRefusedAsync(refund, "not_refundable", "Rejected");
    }

    [Theory]
    [InlineData("")]
    [InlineData("Because I say so")]
    [InlineData("ada@example.org")]
    public async Task A_reason_is_a_word_that_says_nothing_about_anybody(string reason)
    {
        using var refused = await new Buyer(shop).CancelAsync(reason);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.True((await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").TryGetProperty("reason", out _));
    }

    [Fact]
    public async Task Cancelling_and_confirming_at_the_same_moment_ends_one_way_with_books_that_balance()
    {
        var provider = new PaymentProviderClient(shop);
        var buyers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => new Buyer(shop).BuyAsync("tok_abandoned")));
        foreach (var buyer in buyers)
            await buyer.WaitForPendingPaymentAsync();

        await Task.WhenAll(buyers.SelectMany(buyer => (Task[])[buyer.CancelAsync(), provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId))]));

        foreach (var buyer in buyers)
        {
            await buyer.WaitForCompletionAsync();
            var confirmed = (await buyer.ReadAsync()).GetProperty("status").GetString() == "Confirmed";
            await buyer.WaitForStatusAsync(confirmed ? "Confirmed" : "Cancelled");
            await Eventually.ReadAsync(() => _keeper.StockAsync(buyer.Sku), stock => stock == (confirmed ? new Level(0, 0, 0) : new Level(1, 0, 1)));
            Assert.Equal(confirmed ? "Pending" : "PaidBack", await buyer.PaymentAsync());
        }
    }

    [Fact]
    public async Task Orders_are_listed_by_status_and_cart_the_newest_first_each_once()
    {
        var buyers = new List<Buyer>();
        for (var i = 0; i < 3; i++)
            buyers.Add(await new Buyer(shop).BuyAsync("tok_declined"));
        foreach (var buyer in buyers)
            await buyer.WaitForStatusAsync("Rejected");

        var (seen, after) = (new List<Guid>(), "");
        do
        {
            var page = await shop.Orders.GetFromJsonAsync<JsonElement>($"/api/v1/orders?status=Rejected&limit=2{after}");
            Assert.All(page.GetProperty("items").EnumerateArray(), item => Assert.Equal("Rejected", item.GetProperty("status").GetString()));
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("orderId").GetGuid()));
            after = page.GetProperty("next").GetString() is { } next ? $"&after={next}" : null;
        }
        while (after is not null);

        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(buyers.Select(buyer => buyer.OrderId).Reverse(), seen.Where(id => buyers.Any(buyer => buyer.OrderId == id)));

        var ofCart = await shop.Orders.GetFromJsonAsync<JsonElement>($"/api/v1/orders?cartId={buyers[0].Visitor.CartId}");
        Assert.Equal(buyers[0].OrderId, Assert.Single(ofCart.GetProperty("items").EnumerateArray()).GetProperty("orderId").GetGuid());
    }

    [Theory]
    [InlineData("status=Lost", "status")]
    [InlineData("status=3", "status")]
    [InlineData("limit=0", "limit")]
    [InlineData("after=nonsense", "after")]
    [InlineData("cartId=a%20b", "cartId")]
    public async Task What_cannot_be_asked_for_is_told_by_field(string query, string field)
    {
        using var refused = await shop.Orders.GetAsync($"/api/v1/orders?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.True((await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").TryGetProperty(field, out _));
    }

    [Fact]
    public async Task Who_waits_for_an_order_is_told_only_what_is_new()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_abandoned");
        await buyer.WaitForPendingPaymentAsync();
        using var first = await shop.Orders.GetAsync(buyer.Path);
        Assert.Equal(HttpStatusCode.NotModified, await AskAsync(buyer.Path, first.Headers.ETag!.ToString()));
        using var cancelled = await buyer.CancelAsync();
        Assert.Equal(HttpStatusCode.OK, await AskAsync(buyer.Path, first.Headers.ETag!.ToString()));
    }

    private async Task<HttpStatusCode> AskAsync(string path, string etag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "If-None-Match", etag } } };
        using var response = await shop.Orders.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task AssertRefusedAsync(HttpResponseMessage response, string code, string status)
    {
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((code, status), (problem.GetProperty("code").GetString(), problem.GetProperty("orderStatus").GetString()));
    }
}

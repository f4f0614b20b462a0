using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Orders;

[Collection(WholeApplication.Name)]
public sealed class OrderEndpointsTests(ShopApp shop)
{
    private readonly CatalogAdminClient _keeper = new(shop);

    [Fact]
    public async Task Cancelling_an_unpaid_order_releases_its_stock_and_reverses_a_later_payment()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_abandoned");
        await buyer.WaitForPendingPaymentAsync();

        for (var i = 0; i < 2; i++) // the second request changes nothing
        {
            using var cancelled = await buyer.CancelAsync();
            Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        }

        var order = await buyer.WaitForStatusAsync("Cancelled");
        Assert.Equal("changed_mind", order.GetProperty("reason").GetString());
        Assert.Equal(
            ["Submitted", "StockReserved", "Cancelled"],
            order.GetProperty("changes").EnumerateArray().Select(change => change.GetProperty("status").GetString()));
        await buyer.WaitForCompletionAsync();
        await Eventually.ReadAsync(() => _keeper.StockAsync(buyer.Sku), stock => stock == new Level(1, 0, 1));
        Assert.Equal("Reversed", await buyer.PaymentAsync());

        // The bank accepts the payment after the cancellation.
        Assert.Equal(
            new WebhookResponse(200, "Cancelled"),
            await new PaymentProviderClient(shop).CallAsync(PaymentProviderClient.Body(buyer.OrderId)));
        using var refund = await buyer.RefundAsync();
        await AssertConflictAsync(refund, "not_refundable", "Cancelled");
    }

    [Fact]
    public async Task Refunding_a_confirmed_order_reverses_its_payment_and_leaves_its_stock_committed()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_ok");
        await buyer.WaitForStatusAsync("Confirmed");

        using var tooLate = await buyer.CancelAsync();
        await AssertConflictAsync(tooLate, "not_cancellable", "Confirmed");

        var responses = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => buyer.RefundAsync()));
        Assert.All(responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));

        await buyer.WaitForStatusAsync("Refunded");
        await buyer.WaitForCompletionAsync();
        Assert.Equal("Reversed", await buyer.PaymentAsync());
        Assert.Equal(new Level(0, 0, 0), await _keeper.StockAsync(buyer.Sku));
    }

    [Fact]
    public async Task Refund_is_audited_with_the_member_of_staff()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_ok");
        await buyer.WaitForStatusAsync("Confirmed");
        foreach (var reason in (string[])["broken", "another"])
        {
            (await buyer.RefundAsync(reason)).EnsureSuccessStatusCode().Dispose();
        }

        var records = await Eventually.ReadAsync(
            async () => (await shop.Telemetry.ServiceLogsAsync("orders"))
                .Where(record => record.EventName == "refund.requested")
                .Where(record => record.Text.Contains(buyer.OrderId.ToString(), StringComparison.Ordinal))
                .ToList(),
            found => found.Count == 2);

        Assert.All(records, record => Assert.Equal(("Shop.Audit", "shop-tools"), (record.Category, record.Attributes["user.id"])));
        Assert.Equal(
            ["broken (repeated request: False) (by shop-tools)", "broken (repeated request: True) (by shop-tools)"],
            records.Select(record => record.Text.Split(": ", 2)[1]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Rejected_order_cannot_be_cancelled_or_refunded()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_declined");
        await buyer.WaitForStatusAsync("Rejected");
        using var cancel = await buyer.CancelAsync();
        await AssertConflictAsync(cancel, "not_cancellable", "Rejected");
        using var refund = await buyer.RefundAsync();
        await AssertConflictAsync(refund, "not_refundable", "Rejected");
    }

    [Theory]
    [InlineData("")]
    [InlineData("Because I say so")]
    [InlineData("ada@example.org")]
    public async Task Reason_that_is_not_a_code_is_invalid(string reason)
    {
        using var response = await new Buyer(shop).CancelAsync(reason);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.True((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").TryGetProperty("reason", out _));
    }

    [Fact]
    public async Task Order_that_is_cancelled_and_confirmed_concurrently_ends_in_one_status_with_matching_stock_and_payment()
    {
        var provider = new PaymentProviderClient(shop);
        var buyers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => new Buyer(shop).BuyAsync("tok_abandoned")));
        foreach (var buyer in buyers)
        {
            await buyer.WaitForPendingPaymentAsync();
        }

        await Task.WhenAll(
            buyers.SelectMany(buyer => (Task[])[buyer.CancelAsync(), provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId))]));

        foreach (var buyer in buyers)
        {
            await buyer.WaitForCompletionAsync();
            var confirmed = (await buyer.ReadAsync()).GetProperty("status").GetString() == "Confirmed";
            await buyer.WaitForStatusAsync(confirmed ? "Confirmed" : "Cancelled");
            var expectedStock = confirmed ? new Level(0, 0, 0) : new Level(1, 0, 1);
            await Eventually.ReadAsync(() => _keeper.StockAsync(buyer.Sku), stock => stock == expectedStock);
            Assert.Equal(confirmed ? "Pending" : "Reversed", await buyer.PaymentAsync());
        }
    }

    [Fact]
    public async Task Orders_are_listed_by_status_and_cart_newest_first_without_duplicates()
    {
        var buyers = new List<Buyer>();
        for (var i = 0; i < 3; i++)
        {
            buyers.Add(await new Buyer(shop).BuyAsync("tok_declined"));
        }

        foreach (var buyer in buyers)
        {
            await buyer.WaitForStatusAsync("Rejected");
        }

        var (seen, after) = (new List<Guid>(), "");
        do
        {
            var page = await shop.OrdersStaff.GetFromJsonAsync<JsonElement>($"/api/v1/admin/orders?status=Rejected&limit=2{after}");
            var items = page.GetProperty("items").EnumerateArray();
            Assert.All(items, item => Assert.Equal("Rejected", item.GetProperty("status").GetString()));
            seen.AddRange(items.Select(item => item.GetProperty("orderId").GetGuid()));
            after = page.GetProperty("next").GetString() is { } next ? $"&after={next}" : null;
        }
        while (after is not null);

        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(
            buyers.Select(buyer => buyer.OrderId).Reverse(), seen.Where(id => buyers.Any(buyer => buyer.OrderId == id)));

        var ofCart = await shop.OrdersStaff.GetFromJsonAsync<JsonElement>($"/api/v1/admin/orders?cartId={buyers[0].Visitor.CartId}");
        Assert.Equal(buyers[0].OrderId, Assert.Single(ofCart.GetProperty("items").EnumerateArray()).GetProperty("orderId").GetGuid());
    }

    [Theory]
    [InlineData("status=Lost", "status")]
    [InlineData("status=3", "status")]
    [InlineData("limit=0", "limit")]
    [InlineData("after=nonsense", "after")]
    [InlineData("cartId=a%20b", "cartId")]
    public async Task Invalid_query_is_rejected_with_the_name_of_the_parameter(string query, string parameter)
    {
        using var response = await shop.OrdersStaff.GetAsync($"/api/v1/admin/orders?{query}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.True((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").TryGetProperty(parameter, out _));
    }

    [Fact]
    public async Task Order_is_not_modified_until_its_status_changes()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_abandoned");
        await buyer.WaitForPendingPaymentAsync();
        using var first = await shop.Orders.GetAsync(buyer.Path);
        Assert.Equal(HttpStatusCode.NotModified, await GetStatusCodeAsync(buyer.Path, first.Headers.ETag!.ToString()));
        using var cancelled = await buyer.CancelAsync();
        Assert.Equal(HttpStatusCode.OK, await GetStatusCodeAsync(buyer.Path, first.Headers.ETag!.ToString()));
    }

    [Fact]
    public async Task Cart_can_ask_for_a_checkout_that_it_does_not_remember()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_ok");
        await buyer.WaitForStatusAsync("Confirmed");

        using var service = shop.App.CreateHttpClient("orders", "http");
        service.DefaultRequestHeaders.Add("Shop-Service-Key", await shop.ServiceKeyAsync());
        var stored = await service.GetFromJsonAsync<JsonElement>($"/internal/v1/checkouts/{buyer.OrderId}");

        Assert.Equal(buyer.Visitor.CartId, stored.GetProperty("cartId").GetString());
        Assert.Equal(("Confirmed", false), (stored.GetProperty("status").GetString(), stored.GetProperty("inProgress").GetBoolean()));
        Assert.Equal(1500, stored.GetProperty("total").GetProperty("amount").GetInt64());
        Assert.Equal(buyer.Sku, Assert.Single(stored.GetProperty("lines").EnumerateArray()).GetProperty("sku").GetString());
        using var unknown = await service.GetAsync($"/internal/v1/checkouts/{Guid.NewGuid()}");
        Assert.Equal(HttpStatusCode.NoContent, unknown.StatusCode);
        using var stranger = await shop.Orders.GetAsync($"/internal/v1/checkouts/{buyer.OrderId}");
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
    }

    private async Task<HttpStatusCode> GetStatusCodeAsync(string path, string etag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "If-None-Match", etag } } };
        using var response = await shop.Orders.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task AssertConflictAsync(HttpResponseMessage response, string code, string status)
    {
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((code, status), (problem.GetProperty("code").GetString(), problem.GetProperty("orderStatus").GetString()));
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Orders;

/// <summary>The orders of members: which of them a checkout creates, and who sees them.</summary>
[Collection(WholeApplication.Name)]
public sealed class MemberOrdersTests(ShopApp shop)
{
    private const string Queue = "orders-checkout-submitted";

    private readonly string _ada = $"ada|{Guid.NewGuid():n}";
    private readonly string _bob = $"bob|{Guid.NewGuid():n}";

    [Fact]
    public async Task Member_sees_the_own_orders_newest_first_page_by_page_and_no_others()
    {
        var own = new List<Guid>();
        for (var i = 0; i < 3; i++)
        {
            own.Insert(0, (await BuyAsync(_ada)).OrderId);
        }

        var other = await BuyAsync(_bob);
        await BuyAsync(member: null);

        using var ada = shop.CreateMemberClient("orders", _ada);
        var (pages, after) = (new List<string>(), "");
        do
        {
            var page = await ada.GetFromJsonAsync<JsonElement>($"/api/v1/orders?limit=2{after}");
            pages.Add(string.Join(' ', Ids(page)));
            after = page.GetProperty("next").GetString() is { } next ? $"&after={next}" : null;
        }
        while (after is not null);

        Assert.Equal([$"{own[0]} {own[1]}", $"{own[2]}"], pages);
        Assert.Equal([other.OrderId], await ListAsync(_bob));
        Assert.Equal([other.OrderId], await ListAsync(_bob, $"?customerId={Uri.EscapeDataString(_ada)}"));
        Assert.Empty(await ListAsync($"nobody-{Guid.NewGuid():n}"));
    }

    [Fact]
    public async Task Cursor_of_another_member_shows_no_order_of_that_member()
    {
        var newer = await BuyAsync(_ada);
        var own = await BuyAsync(_bob);
        for (var i = 0; i < 2; i++)
        {
            await BuyAsync(_ada);
        }

        using var ada = shop.CreateMemberClient("orders", _ada);
        var next = (await ada.GetFromJsonAsync<JsonElement>("/api/v1/orders?limit=1")).GetProperty("next").GetString();

        Assert.Equal([own.OrderId], await ListAsync(_bob, $"?after={next}"));
        Assert.Contains(newer.OrderId, await ListAsync(_ada, $"?after={next}"));
    }

    //#if (storefront)
    [Fact]
    public async Task Apps_of_members_check_out_and_list_orders_through_the_storefront()
    {
        using var app = shop.CreateMemberClient("storefront", _ada);
        var visitor = new Visitor(shop) { Member = app };
        await visitor.PutAsync(await new CatalogAdminClient(shop).AddAsync(onHand: 5), quantity: 1);

        var order = await visitor.CheckOutAsync();
        await visitor.WaitForOutcomeAsync(order);

        var page = await app.GetFromJsonAsync<JsonElement>("/api/v1/orders");
        Assert.Equal([Guid.Parse(order.Split('/')[^1])], Ids(page));
        using var expired = shop.CreateMemberClient("storefront", _ada, expires: DateTime.UtcNow.AddHours(-1));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(expired, "/api/v1/orders"));
        using var stranger = shop.App.CreateHttpClient("storefront", "http");
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(stranger, "/api/v1/orders"));
    }

    //#endif
    [Fact]
    public async Task Subject_is_in_no_span_and_no_log_record_of_a_checkout_and_a_list_of_own_orders()
    {
        var buyer = await BuyAsync(_ada);
        using var ada = shop.CreateMemberClient("orders", _ada);
        ada.DefaultRequestHeaders.Add("Shop-Service-Key", await shop.ServiceKeyAsync());
        ada.DefaultRequestHeaders.Add("traceparent", $"00-{buyer.Visitor.TraceId}-{buyer.Visitor.SpanId}-01");
        await ada.GetStringAsync("/api/v1/orders");

        var telemetry = await Eventually.ReadAsync(
            () => shop.Telemetry.RawTraceAsync(buyer.Visitor.TraceId),
            text => text.Contains("stock.released", StringComparison.Ordinal)
                && text.Contains("GET /api/v1/orders\"", StringComparison.Ordinal));

        Assert.DoesNotContain(_ada.Split('|')[1], telemetry, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Entry_of_the_list_is_what_the_customer_may_see()
    {
        var buyer = await BuyAsync(_ada, "tok_declined");
        using var ada = shop.CreateMemberClient("orders", _ada);

        var entry = Assert.Single((await ada.GetFromJsonAsync<JsonElement>("/api/v1/orders")).GetProperty("items").EnumerateArray());

        Assert.Equal(
            ["orderId", "status", "reason", "total", "submittedAt", "changedAt"],
            entry.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            (buyer.OrderId, "Rejected", "payment_declined"),
            (entry.GetProperty("orderId").GetGuid(), entry.GetProperty("status").GetString(), entry.GetProperty("reason").GetString()));
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=101", "limit")]
    [InlineData("after=nonsense", "after")]
    [InlineData("after=", null)]
    public async Task Invalid_query_of_a_member_is_rejected_with_the_name_of_the_parameter(string query, string? parameter)
    {
        using var ada = shop.CreateMemberClient("orders", _ada);
        using var response = await ada.GetAsync($"/api/v1/orders?{query}");

        Assert.Equal(parameter is null ? HttpStatusCode.OK : HttpStatusCode.BadRequest, response.StatusCode);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(parameter is null || body.GetProperty("errors").TryGetProperty(parameter, out _));
    }

    [Fact]
    public async Task Staff_and_strangers_get_no_list_of_own_orders_and_members_not_the_list_of_all()
    {
        using var member = shop.CreateMemberClient("orders", _ada);

        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(shop.OrdersStaff, "/api/v1/orders"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(shop.Orders, "/api/v1/orders"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(member, "/api/v1/admin/orders"));
    }

    [Fact]
    public async Task Order_of_a_member_stays_readable_and_cancellable_by_its_id()
    {
        var buyer = await new Buyer(shop) { Visitor = { Member = shop.CreateMemberClient("cart", _ada) } }.BuyAsync("tok_abandoned");
        await buyer.WaitForPendingPaymentAsync();

        Assert.DoesNotContain(_ada, (await buyer.ReadAsync()).ToString(), StringComparison.Ordinal);
        using var cancelled = await buyer.CancelAsync();
        Assert.Equal(HttpStatusCode.OK, cancelled.StatusCode);
        Assert.Equal([buyer.OrderId], await ListAsync(_ada));
    }

    [Fact]
    public async Task Staff_find_the_orders_of_a_member()
    {
        var order = (await BuyAsync(_ada)).OrderId;

        var page = await shop.OrdersStaff.GetFromJsonAsync<JsonElement>(
            $"/api/v1/admin/orders?customerId={Uri.EscapeDataString(_ada)}&status=Rejected");

        Assert.Equal([order], Ids(page));
        Assert.Equal(_ada, page.GetProperty("items")[0].GetProperty("customerId").GetString());
    }

    [Fact]
    public async Task Checkout_with_a_token_that_has_expired_is_refused_and_ordered_once_when_it_is_repeated_with_a_new_one()
    {
        var visitor = new Visitor(shop) { Member = shop.CreateMemberClient("cart", _ada) };
        await visitor.PutAsync(await new CatalogAdminClient(shop).AddAsync(onHand: 5), quantity: 1);
        using var first = await visitor.TryCheckOutAsync(key: "k");

        visitor.Member = shop.CreateMemberClient("cart", _ada, expires: DateTime.UtcNow.AddHours(-1));
        using var expired = await visitor.TryCheckOutAsync(key: "k");
        Assert.Equal(HttpStatusCode.Unauthorized, expired.StatusCode);
        Assert.Equal("application/problem+json", expired.Content.Headers.ContentType!.MediaType);

        visitor.Member = shop.CreateMemberClient("cart", _ada);
        using var repeated = await visitor.TryCheckOutAsync(key: "k");
        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted), (first.StatusCode, repeated.StatusCode));
        Assert.Equal(first.Headers.Location, repeated.Headers.Location);
        await visitor.WaitForOutcomeAsync(first.Headers.Location!.ToString());
        Assert.Single(await ListAsync(_ada));
    }

    [Fact]
    public async Task Checkout_with_an_expired_token_orders_nothing()
    {
        var visitor = new Visitor(shop) { Member = shop.CreateMemberClient("cart", _ada, expires: DateTime.UtcNow.AddHours(-1)) };
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 5);
        await visitor.PutAsync(sku, quantity: 1);

        using var expired = await visitor.TryCheckOutAsync(key: "k");

        Assert.Equal(HttpStatusCode.Unauthorized, expired.StatusCode);
        var all = await shop.OrdersStaff.GetFromJsonAsync<JsonElement>($"/api/v1/admin/orders?cartId={visitor.CartId}");
        Assert.Empty(Ids(all));
        // The key is not used up: the customer may go on as a guest.
        visitor.Member = null;
        using var guest = await visitor.TryCheckOutAsync(key: "k");
        Assert.Equal(HttpStatusCode.Accepted, guest.StatusCode);
    }

    [Fact]
    public async Task Checkout_with_a_token_of_staff_is_forbidden()
    {
        var visitor = new Visitor(shop) { Member = shop.CreateStaffClient("cart", "http") };
        await visitor.PutAsync(await shop.AnyProductAsync(), quantity: 1);

        using var response = await visitor.TryCheckOutAsync();

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Message_of_an_earlier_version_is_the_order_of_a_guest_and_a_repeated_one_may_add_the_member()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var copies = await broker.CopyOfAsync("checkout-submitted");
        var buyer = await BuyAsync(_ada);
        var message = JsonNode.Parse((await Eventually.ReadAsync(
            () => broker.TakeAsync(copies), copy => copy?.Contains($"{buyer.OrderId}", StringComparison.Ordinal) == true))!)!;
        var content = message["message"]!.AsObject();
        Assert.Equal(_ada, (string?)content["customerId"]);

        var orderId = Guid.NewGuid();
        content["orderId"] = orderId.ToString();
        Assert.True(content.Remove("customerId"));
        await PublishAsync(broker, message);
        await buyer.Visitor.WaitForOutcomeAsync($"/api/v1/orders/{orderId}");
        Assert.DoesNotContain(orderId, await ListAsync(_ada));

        content["customerId"] = _bob;
        await PublishAsync(broker, message);
        await Eventually.ReadAsync(() => ListAsync(_bob), list => list.SequenceEqual([orderId]));

        // That of another member is another order, and is refused.
        content["customerId"] = _ada;
        await PublishAsync(broker, message);
        await Eventually.ReadAsync(
            () => broker.TakeAsync($"{Queue}_error"), moved => moved?.Contains($"{orderId}", StringComparison.Ordinal) == true);
        Assert.Equal([orderId], await ListAsync(_bob));
    }

    [Fact]
    public async Task Order_stays_in_the_list_when_its_recipient_is_erased()
    {
        var buyer = await BuyAsync(_ada);
        await buyer.WaitForCompletionAsync();

        using var erased = await buyer.EraseRecipientAsync();

        Assert.Equal(HttpStatusCode.NoContent, erased.StatusCode);
        Assert.Equal([buyer.OrderId], await ListAsync(_ada));
    }

    private static Task PublishAsync(BrokerClient broker, JsonNode message) =>
        broker.PublishAsync(Queue, Encoding.UTF8.GetBytes(message.ToJsonString()), Guid.NewGuid().ToString());

    private static Guid[] Ids(JsonElement page) =>
        [.. page.GetProperty("items").EnumerateArray().Select(order => order.GetProperty("orderId").GetGuid())];

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path);
        return response.StatusCode;
    }

    private async Task<Guid[]> ListAsync(string member, string query = "")
    {
        using var client = shop.CreateMemberClient("orders", member);
        return Ids(await client.GetFromJsonAsync<JsonElement>($"/api/v1/orders{query}"));
    }

    /// <summary>Buys as a member, or as a guest, and waits until the order has ended.</summary>
    private async Task<Buyer> BuyAsync(string? member, string card = "tok_declined")
    {
        var buyer = new Buyer(shop) { Visitor = { Member = member is null ? null : shop.CreateMemberClient("cart", member) } };
        await buyer.BuyAsync(card);
        await buyer.WaitForStatusAsync("Rejected");
        return buyer;
    }
}

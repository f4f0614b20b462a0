using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Orders;

/// <summary>Orders whose message, payment or reservation got lost on the way. Every one of them ends.</summary>
[Collection(WholeApplication.Name)]
public sealed class UnfinishedOrderTests(ShopApp shop)
{
    private const string Queue = "orders-checkout-submitted";

    private readonly Database _orders = new(shop, "ordersdb");
    private readonly CatalogAdminClient _catalog = new(shop);
    private readonly PaymentProviderClient _provider = new(shop);

    [Theory]
    [InlineData("Submitted")]
    [InlineData("StockReserved")]
    [InlineData("Paid")]
    public async Task Unfinished_order_that_an_older_version_stores_without_a_due_time_gets_one(string status)
    {
        var orderId = Guid.NewGuid();
        await _orders.RunAsync(
            """
            insert into orders (
                order_id, cart_id, status, submitted_at, changed_at, due_at, recipient, recipient_key, total_amount, total_currency)
            values ($1, 'c1', $2, now(), now(), null, '\x00', 'none', 100, 'EUR')
            """,
            orderId,
            status);
        await _orders.RunAsync("insert into order_changes (order_id, status, at) values ($1, 'Submitted', now())", orderId);
        await AssertDueAsync();
        await _orders.RunAsync("update orders set due_at = null where order_id = $1", orderId);
        await AssertDueAsync();
        Assert.Equal(0, await _orders.ReadAsync<long>(
            "select count(*) from order_changes where order_id = $1 and emitted_at is null", orderId)); // it emits the events itself
        await _orders.RunAsync("delete from orders where order_id = $1", orderId);

        async Task AssertDueAsync() => Assert.True(await _orders.ReadAsync<bool>(
            "select due_at > now() + interval '25 minutes' from orders where order_id = $1", orderId));
    }

    [Fact]
    public async Task Response_to_a_webhook_has_the_status_that_is_saved()
    {
        var buyer = await BuyUnpaidAsync();
        // The order is paid and cannot be confirmed, since its history says that it is already.
        await _orders.RunAsync("insert into order_changes (order_id, status, at) values ($1, 'Confirmed', now())", buyer.OrderId);

        Assert.Equal(new WebhookResponse(200, "Paid"), await _provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId)));

        await _orders.RunAsync("delete from order_changes where order_id = $1 and status = 'Confirmed'", buyer.OrderId);
        await _orders.RunAsync("update orders set due_at = now() where order_id = $1", buyer.OrderId);
        await buyer.WaitForStatusAsync("Confirmed");
    }

    [Fact]
    public async Task Order_is_due_until_it_has_ended()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_ok");
        await buyer.WaitForStatusAsync("Confirmed");
        await buyer.WaitForCompletionAsync();
        var unpaid = await BuyUnpaidAsync();
        Assert.True(await _orders.ReadAsync<bool>("select due_at > now() from orders where order_id = $1", unpaid.OrderId));
    }

    [Theory]
    [InlineData("Submitted")]
    [InlineData("StockReserved")]
    public async Task Order_whose_message_was_discarded_is_rejected_and_never_charged(string status)
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var outcomes = await broker.CopyOfAsync("order-rejected");
        var buyer = await BuyUnpaidAsync();
        await _orders.RunAsync("delete from simulated_payments where order_id = $1", buyer.OrderId); // the charge never arrived
        await _orders.RunAsync("update orders set status = $2, due_at = now() where order_id = $1", buyer.OrderId, status);

        var order = await buyer.WaitForStatusAsync("Rejected");

        Assert.Equal("processing_timed_out", order.GetProperty("reason").GetString());
        await buyer.WaitForCompletionAsync();
        Assert.Equal("Reversed", await buyer.PaymentAsync()); // a late charge is declined
        await Eventually.ReadAsync(() => _catalog.StockAsync(buyer.Sku), stock => stock == new Level(1, 0, 1));
        Assert.Contains("processing_timed_out", await TakeAsync(broker, outcomes, buyer.OrderId), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Payment_that_the_provider_has_accepted_confirms_the_order_when_its_time_is_over()
    {
        var buyer = await BuyUnpaidAsync();
        // The customer confirmed in time, but the webhook is late.
        await _orders.RunAsync(
            "update simulated_payments set outcome = 'Accepted', webhook_due_at = now() + interval '1 hour' where order_id = $1",
            buyer.OrderId);
        await _orders.RunAsync("update orders set due_at = now() where order_id = $1", buyer.OrderId);

        await buyer.WaitForStatusAsync("Confirmed");
        await buyer.WaitForCompletionAsync();
        await Eventually.ReadAsync(buyer.Visitor.LinesInCartAsync, lines => lines == 0);
        Assert.Equal("Accepted", await buyer.PaymentAsync());
        Assert.Equal(new Level(0, 0, 0), await _catalog.StockAsync(buyer.Sku));
    }

    [Fact]
    public async Task Payment_that_the_provider_has_declined_is_the_reason_when_the_time_of_the_order_is_over()
    {
        var buyer = await BuyUnpaidAsync();
        await _orders.RunAsync(
            "update simulated_payments set outcome = 'Declined', reason = 'card_expired' where order_id = $1", buyer.OrderId);
        await _orders.RunAsync("update orders set due_at = now() where order_id = $1", buyer.OrderId);

        Assert.Equal("card_expired", (await buyer.WaitForStatusAsync("Rejected")).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Order_that_cannot_be_completed_is_postponed_longer_each_time_and_stops_no_other()
    {
        var (stuck, other) = (await BuyUnpaidAsync(), await BuyUnpaidAsync());
        // The order cannot be confirmed, since its history says that it is already.
        await _orders.RunAsync("insert into order_changes (order_id, status, at) values ($1, 'Confirmed', now())", stuck.OrderId);
        await _orders.RunAsync("update orders set status = 'Paid', due_at = now() where order_id = $1", stuck.OrderId);
        await _orders.RunAsync("update orders set status = 'Paid', due_at = now() where order_id = $1", other.OrderId);

        await other.WaitForStatusAsync("Confirmed");
        await WaitForAttemptAsync(stuck, "attempts = 1 and due_at between now() + interval '1 second' and now() + interval '10 seconds'");

        await _orders.RunAsync("update orders set due_at = now() where order_id = $1", stuck.OrderId);
        await WaitForAttemptAsync(stuck, "attempts = 2 and due_at between now() + interval '11 seconds' and now() + interval '20 seconds'");
        using var management = shop.App.CreateHttpClient("orders", "management");
        await Eventually.ReadAsync(
            () => management.GetStringAsync("/metrics"),
            text => text.Contains("shop_overdue_order_outcome=\"failed\"", StringComparison.Ordinal));

        await _orders.RunAsync("update orders set due_at = now() where order_id = $1", stuck.OrderId);
        await WaitForAttemptAsync(stuck, "attempts = 3 and due_at between now() + interval '21 seconds' and now() + interval '40 seconds'");
        await WaitForHealthAsync(management, "Degraded");

        await _orders.RunAsync("delete from order_changes where order_id = $1 and status = 'Confirmed'", stuck.OrderId);
        await _orders.RunAsync("update orders set due_at = now() where order_id = $1", stuck.OrderId);
        await stuck.WaitForStatusAsync("Confirmed");
        await WaitForAttemptAsync(stuck, "attempts = 0 and due_at is null");
        await WaitForHealthAsync(management, "Healthy");
    }

    [Fact]
    public async Task Paid_order_whose_reservation_is_unknown_to_the_catalog_is_refunded()
    {
        var buyer = await BuyUnpaidAsync();
        var catalogDb = new Database(shop, "catalogdb");
        await catalogDb.RunAsync("update stock set reserved = reserved - 1 where sku = $1", buyer.Sku);
        await catalogDb.RunAsync("delete from reservation_lines where order_id = $1", buyer.OrderId);
        await catalogDb.RunAsync("delete from reservations where order_id = $1", buyer.OrderId);

        Assert.Equal(new WebhookResponse(200, "Refunded"), await _provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId)));

        Assert.Equal("reservation_lost", (await buyer.ReadAsync()).GetProperty("reason").GetString());
        await buyer.WaitForCompletionAsync();
        Assert.Equal("Reversed", await buyer.PaymentAsync());
    }

    [Fact]
    public async Task Staff_can_refund_a_paid_order_that_is_not_confirmed()
    {
        var buyer = await BuyUnpaidAsync();
        await _orders.RunAsync(
            "update orders set status = 'Paid', due_at = now() + interval '1 hour' where order_id = $1", buyer.OrderId);

        using var refunded = await buyer.RefundAsync();

        Assert.True(refunded.IsSuccessStatusCode);
        await buyer.WaitForStatusAsync("Refunded");
        await buyer.WaitForCompletionAsync();
        Assert.Equal("Reversed", await buyer.PaymentAsync());
        await Eventually.ReadAsync(() => _catalog.StockAsync(buyer.Sku), stock => stock == new Level(1, 0, 1));
    }

    [Fact]
    public async Task Message_with_another_content_for_a_stored_order_goes_to_the_error_queue_and_leaves_the_order_unchanged()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var (buyer, message) = await BuyAndCaptureAsync(broker, "tok_ok");
        await buyer.WaitForStatusAsync("Confirmed");
        await buyer.WaitForCompletionAsync();
        var before = (await buyer.ReadAsync()).ToString();

        message["message"]!["lines"]![0]!["quantity"] = 3;
        message["message"]!["total"]!["amount"] = 4500;
        await PublishAsync(broker, message);

        await TakeAsync(broker, $"{Queue}_error", buyer.OrderId);
        Assert.Equal(before, (await buyer.ReadAsync()).ToString());
    }

    [Fact]
    public async Task Checkout_that_is_replayed_after_days_is_rejected_and_not_charged()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var (buyer, message) = await BuyAndCaptureAsync(broker, "tok_ok");
        await buyer.WaitForStatusAsync("Confirmed");

        // The same checkout under another id, which was in the error queue for three days.
        var orderId = Guid.NewGuid();
        message["message"]!["orderId"] = orderId.ToString();
        message["message"]!["submittedAt"] = DateTimeOffset.UtcNow.AddDays(-3).ToString("O");
        await PublishAsync(broker, message);

        Assert.Equal(("Rejected", "checkout_expired"), await buyer.Visitor.WaitForOutcomeAsync($"/api/v1/orders/{orderId}"));
        await Eventually.ReadAsync(
            () => _orders.ReadAsync<bool>("select due_at is null from orders where order_id = $1", orderId), completed => completed);
        Assert.Equal(
            "Reversed", await _orders.ReadAsync<string>("select outcome from simulated_payments where order_id = $1", orderId));
    }

    [Fact]
    public async Task Checkout_whose_recipient_was_erased_is_rejected_and_not_charged()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var outcomes = await broker.CopyOfAsync("order-rejected");
        var (buyer, message) = await BuyAndCaptureAsync(broker, "tok_ok");
        await buyer.WaitForStatusAsync("Confirmed");

        // The same checkout under another id, whose message was in the error queue, with a copy that was out of reach.
        var orderId = Guid.NewGuid();
        message["message"]!["orderId"] = orderId.ToString();
        await broker.PublishAsync($"{Queue}_error", "{}"u8.ToArray(), orderId.ToString());
        using (var erased = await shop.OrdersStaff.DeleteAsync($"/api/v1/admin/orders/{orderId}/recipient"))
        {
            Assert.Equal(HttpStatusCode.NoContent, erased.StatusCode);
        }

        await PublishAsync(broker, message);

        Assert.Equal(("Rejected", "recipient_erased"), await buyer.Visitor.WaitForOutcomeAsync($"/api/v1/orders/{orderId}"));
        await Eventually.ReadAsync(
            () => _orders.ReadAsync<bool>("select due_at is null from orders where order_id = $1", orderId), completed => completed);
        Assert.Equal(
            "Reversed", await _orders.ReadAsync<string>("select outcome from simulated_payments where order_id = $1", orderId));
        Assert.True(await _orders.ReadAsync<bool>(
            "select recipient is null and content_hash is null from orders where order_id = $1", orderId));
        await TakeAsync(broker, outcomes, orderId); // so that Cart ends the checkout
    }

    [Fact]
    public async Task Order_that_waits_for_its_payment_is_not_ended_by_an_old_message()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var (buyer, message) = await BuyAndCaptureAsync(broker, "tok_abandoned");
        await buyer.WaitForPendingPaymentAsync();
        await _orders.RunAsync("delete from simulated_payments where order_id = $1", buyer.OrderId);
        message["message"]!["submittedAt"] = DateTimeOffset.UtcNow.AddDays(-3).ToString("O");
        await PublishAsync(broker, message);
        // Messages of an order are handled in sequence, so the old one has been handled when this one is refused.
        message["message"]!["cartId"] = "another";
        await PublishAsync(broker, message);
        await TakeAsync(broker, $"{Queue}_error", buyer.OrderId);

        Assert.Equal("StockReserved", (await buyer.ReadAsync()).GetProperty("status").GetString());
        Assert.Equal(
            0, await _orders.ReadAsync<long>("select count(*) from simulated_payments where order_id = $1", buyer.OrderId)); // no charge
    }

    [Fact]
    public async Task Order_whose_message_is_delivered_again_reserves_its_stock_again_before_it_is_charged()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var (buyer, message) = await BuyAndCaptureAsync(broker, "tok_abandoned");
        await buyer.WaitForPendingPaymentAsync();
        await new Database(shop, "catalogdb").RunAsync(
            "update reservations set expires_at = now() - interval '1 second' where order_id = $1", buyer.OrderId);
        await Eventually.ReadAsync(() => _catalog.StockAsync(buyer.Sku), stock => stock.Available == 1);
        await new StockClient(shop).ReserveAsync((buyer.Sku, 1));

        await PublishAsync(broker, message);

        Assert.Equal("out_of_stock", (await buyer.WaitForStatusAsync("Rejected")).GetProperty("reason").GetString());
        await buyer.WaitForCompletionAsync();
        Assert.Equal("Reversed", await buyer.PaymentAsync());
    }

    [Fact]
    public async Task Order_whose_stock_is_committed_already_is_confirmed_again_after_the_database_was_restored()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var (buyer, message) = await BuyAndCaptureAsync(broker, "tok_ok");
        await buyer.WaitForStatusAsync("Confirmed");
        await buyer.WaitForCompletionAsync();
        await _orders.RunAsync("delete from order_changes where order_id = $1 and status <> 'Submitted'", buyer.OrderId);
        await _orders.RunAsync(
            "update orders set status = 'Submitted', due_at = now() + interval '1 hour' where order_id = $1", buyer.OrderId);

        await PublishAsync(broker, message);

        await buyer.WaitForStatusAsync("Confirmed");
        Assert.Equal(new Level(0, 0, 0), await _catalog.StockAsync(buyer.Sku));
    }

    [Fact]
    public async Task Free_order_is_confirmed_without_the_payment_provider()
    {
        var visitor = new Visitor(shop);
        await visitor.PutAsync(await _catalog.AddAsync(onHand: 1, price: 0), 1);

        var order = await visitor.CheckOutAsync("tok_declined");

        Assert.Equal(("Confirmed", null), await visitor.WaitForOutcomeAsync(order));
        Assert.Equal(0, await _orders.ReadAsync<long>(
            "select count(*) from simulated_payments where order_id = $1", Guid.Parse(order.Split('/')[^1])));
    }

    [Fact]
    public async Task Payment_that_is_declined_after_it_was_accepted_refunds_the_order()
    {
        var buyer = await BuyUnpaidAsync();
        Assert.Equal(new WebhookResponse(200, "Confirmed"), await _provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId)));
        await _orders.RunAsync("update simulated_payments set outcome = 'Declined' where order_id = $1", buyer.OrderId);

        Assert.Equal(
            new WebhookResponse(200, "Refunded"),
            await _provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId, "declined")));

        Assert.Equal("payment_withdrawn", (await buyer.ReadAsync()).GetProperty("reason").GetString());
        await buyer.WaitForCompletionAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Declined_webhook_that_is_older_than_the_acceptance_of_the_provider_is_ignored(bool confirmed)
    {
        var buyer = await BuyUnpaidAsync();
        if (confirmed)
        {
            Assert.Equal(new WebhookResponse(200, "Confirmed"), await _provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId)));
        }

        await _orders.RunAsync("update simulated_payments set outcome = 'Accepted' where order_id = $1", buyer.OrderId);

        Assert.Equal(
            new WebhookResponse(200, "Confirmed"),
            await _provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId, "declined")));
    }

    [Theory]
    [InlineData("tok_ok", "Confirmed", "order-confirmed")]
    [InlineData("tok_declined", "Rejected", "order-rejected")]
    [InlineData("tok_action_declined", "Rejected", "order-rejected")]
    [InlineData("overdue", "Rejected", "order-rejected")]
    [InlineData("cancelled", "Cancelled", "order-cancelled")]
    public async Task End_of_an_order_is_published_as_the_message_of_its_status_only(string way, string status, string exchange)
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var copies = new Dictionary<string, string>();
        foreach (var name in (string[])["order-confirmed", "order-rejected", "order-cancelled", "order-refunded"])
        {
            copies[name] = await broker.CopyOfAsync(name);
        }

        var buyer = await new Buyer(shop).BuyAsync(way.StartsWith("tok_", StringComparison.Ordinal) ? way : "tok_abandoned");
        if (way is "overdue" or "cancelled")
        {
            await buyer.WaitForPendingPaymentAsync();
            _ = way is "overdue"
                ? await _orders.RunAsync("update orders set due_at = now() where order_id = $1", buyer.OrderId)
                : (int)(await buyer.CancelAsync()).StatusCode;
        }

        await buyer.WaitForStatusAsync(status);
        await buyer.WaitForCompletionAsync();

        await TakeAsync(broker, copies[exchange], buyer.OrderId);
        foreach (var other in copies.Where(copy => copy.Key != exchange))
        {
            while (await broker.TakeAsync(other.Value) is { } message)
            {
                Assert.DoesNotContain(buyer.OrderId.ToString(), message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task History_begins_with_the_submission_when_the_clock_of_the_cart_is_ahead()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var (buyer, message) = await BuyAndCaptureAsync(broker, "tok_declined");
        await buyer.WaitForStatusAsync("Rejected");

        var orderId = Guid.NewGuid();
        message["message"]!["orderId"] = orderId.ToString();
        message["message"]!["submittedAt"] = DateTimeOffset.UtcNow.AddMinutes(5).ToString("O");
        await PublishAsync(broker, message);
        await buyer.Visitor.WaitForOutcomeAsync($"/api/v1/orders/{orderId}");
        // Whatever the clocks of the replicas said.
        await _orders.RunAsync("update order_changes set at = at + interval '5 s' where order_id = $1 and status = 'Submitted'", orderId);

        var order = await shop.Orders.GetFromJsonAsync<JsonElement>($"/api/v1/orders/{orderId}");
        Assert.Equal(
            ["Submitted", "StockReserved", "Rejected"],
            order.GetProperty("changes").EnumerateArray().Select(change => change.GetProperty("status").GetString()));
        Assert.True(order.GetProperty("changedAt").GetDateTimeOffset() >= order.GetProperty("submittedAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task Order_that_is_stored_days_after_its_checkout_is_the_first_of_the_list()
    {
        await using var broker = await BrokerClient.OpenAsync(shop);
        var (buyer, message) = await BuyAndCaptureAsync(broker, "tok_declined");
        await buyer.WaitForStatusAsync("Rejected");

        var orderId = Guid.NewGuid();
        message["message"]!["orderId"] = orderId.ToString();
        message["message"]!["submittedAt"] = DateTimeOffset.UtcNow.AddDays(-3).ToString("O");
        await PublishAsync(broker, message);
        await buyer.Visitor.WaitForOutcomeAsync($"/api/v1/orders/{orderId}");

        var list = await shop.OrdersStaff.GetFromJsonAsync<JsonElement>($"/api/v1/admin/orders?cartId={buyer.Visitor.CartId}");
        Assert.Equal(
            [orderId, buyer.OrderId],
            list.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("orderId").GetGuid()));
    }

    private async Task<Buyer> BuyUnpaidAsync()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_abandoned");
        await buyer.WaitForPendingPaymentAsync();
        return buyer;
    }

    private async Task<(Buyer Buyer, JsonNode Message)> BuyAndCaptureAsync(BrokerClient broker, string card)
    {
        var copies = await broker.CopyOfAsync("checkout-submitted");
        var buyer = await new Buyer(shop).BuyAsync(card);
        return (buyer, JsonNode.Parse(await TakeAsync(broker, copies, buyer.OrderId))!);
    }

    /// <summary>Takes messages from a queue until one is about the order, and returns it.</summary>
    private static async Task<string> TakeAsync(BrokerClient broker, string queue, Guid orderId) => (await Eventually.ReadAsync(
        () => broker.TakeAsync(queue), message => message?.Contains(orderId.ToString(), StringComparison.Ordinal) == true))!;

    private static Task PublishAsync(BrokerClient broker, JsonNode message) =>
        broker.PublishAsync(Queue, Encoding.UTF8.GetBytes(message.ToJsonString()), Guid.NewGuid().ToString());

    private static Task<string?> WaitForHealthAsync(HttpClient management, string status) => Eventually.ReadAsync(
        async () => (await management.GetFromJsonAsync<JsonElement>("/admin/health"))
            .GetProperty("checks").GetProperty("overdue_orders").GetProperty("status").GetString(),
        actual => actual == status);

    private Task<bool> WaitForAttemptAsync(Buyer buyer, string condition) => Eventually.ReadAsync(
        () => _orders.ReadAsync<bool>($"select {condition} from orders where order_id = $1", buyer.OrderId), reached => reached);
}

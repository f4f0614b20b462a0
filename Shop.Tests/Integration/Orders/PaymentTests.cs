using System.Net.Http.Headers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Contracts;
using Shop.Orders.Data;
using Shop.Orders.Payment;
using Shop.Orders.Payment.Simulator;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Orders;

[Collection(WholeApplication.Name)]
public sealed class PaymentTests(ShopApp shop)
{
    private readonly PaymentProviderClient _provider = new(shop);
    private readonly CatalogAdminClient _keeper = new(shop);

    [Theory]
    [InlineData("tok_ok", "Confirmed", null)]
    [InlineData("tok_declined", "Rejected", "payment_declined")]
    [InlineData("tok_insufficient_funds", "Rejected", "insufficient_funds")]
    [InlineData("tok_expired", "Rejected", "card_expired")]
    [InlineData("tok_requires_action", "Confirmed", null)]
    [InlineData("tok_action_declined", "Rejected", "payment_declined")]
    public async Task Test_card_determines_the_outcome_of_the_order(string card, string status, string? reason)
    {
        var buyer = await new Buyer(shop).BuyAsync(card);
        var order = await buyer.WaitForStatusAsync(status);
        Assert.Equal(reason, order.GetProperty("reason").GetString());
        var expectedStock = status == "Confirmed" ? new Level(0, 0, 0) : new Level(1, 0, 1);
        await Eventually.ReadAsync(() => _keeper.StockAsync(buyer.Sku), stock => stock == expectedStock);
    }

    [Fact]
    public async Task Order_is_charged_once_when_the_response_of_the_provider_is_lost()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_timeout");
        var order = await buyer.WaitForStatusAsync("Confirmed");
        Assert.Equal(
            ["Submitted", "StockReserved", "Paid", "Confirmed"],
            order.GetProperty("changes").EnumerateArray().Select(change => change.GetProperty("status").GetString()));
        Assert.Equal("Accepted", await buyer.PaymentAsync());
    }

    [Fact]
    public async Task Simulator_applies_latency_faults_and_declines_and_keeps_the_first_result_of_an_order()
    {
        var connectionString = $"{await shop.ConnectionStringAsync("ordersdb")};Pooling=false";
        await using var db = new OrdersDbContext(new DbContextOptionsBuilder<OrdersDbContext>().UseNpgsql(connectionString).Options);
        using var nextWebhook = new SimulatedWebhookTime(TimeProvider.System);
        var orderId = Guid.NewGuid();
        Task<PaymentResult> ChargeAsync(SimulatorOptions options, CancellationToken cancellationToken = default) =>
            new SimulatedPaymentProvider(db, Options.Create(options), nextWebhook, TimeProvider.System)
                .ChargeAsync(orderId, new Money(100, "EUR"), new PaymentCard("tok_ok"), cancellationToken);

        using var timeout = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => ChargeAsync(new() { Latency = TimeSpan.FromSeconds(30) }, timeout.Token));
        await Assert.ThrowsAsync<TimeoutException>(() => ChargeAsync(new() { FaultRate = 1 }));
        Assert.IsType<PaymentResult.Declined>(await ChargeAsync(new() { DeclineRate = 1 }));

        // The first result of this order counts.
        Assert.IsType<PaymentResult.Declined>(await ChargeAsync(new()));
        orderId = Guid.NewGuid();
        Assert.IsType<PaymentResult.Accepted>(await ChargeAsync(new()));
        Assert.IsType<PaymentResult.Accepted>(await ChargeAsync(new() { DeclineRate = 1 }));
    }

    [Fact]
    public async Task Accepted_webhook_confirms_the_order_once()
    {
        var buyer = await BuyUnpaidAsync();
        var body = PaymentProviderClient.Body(buyer.OrderId);

        Assert.Equal(new WebhookResponse(200, "Confirmed"), await _provider.CallAsync(body));
        await buyer.WaitForCompletionAsync();
        await Eventually.ReadAsync(buyer.Visitor.LinesInCartAsync, lines => lines == 0);
        Assert.Equal(new Level(0, 0, 0), await _keeper.StockAsync(buyer.Sku));

        // The provider may send the webhook again with a new timestamp.
        Assert.Equal(new WebhookResponse(200, "Confirmed"), await _provider.CallAsync(body, DateTimeOffset.UtcNow.AddSeconds(1)));
    }

    [Fact]
    public async Task Webhook_that_is_sent_again_unchanged_is_answered_with_200_and_processed_once()
    {
        var buyer = await BuyUnpaidAsync();
        var (body, at) = (PaymentProviderClient.Body(buyer.OrderId), DateTimeOffset.UtcNow);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _provider.CallAsync(body, at)));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        await buyer.WaitForStatusAsync("Confirmed");
        await buyer.WaitForCompletionAsync();
        Assert.Equal(new WebhookResponse(200, "Confirmed"), await _provider.CallAsync(body, at));
        Assert.Equal(1, await new Database(shop, "ordersdb").ReadAsync<long>(
            "select count(*) from received_webhooks where order_id = $1", buyer.OrderId));
    }

    [Fact]
    public async Task Replayed_webhook_does_not_reverse_the_payment_of_a_refunded_order_again()
    {
        var buyer = await BuyUnpaidAsync();
        var (body, at) = (PaymentProviderClient.Body(buyer.OrderId), DateTimeOffset.UtcNow);
        Assert.Equal(new WebhookResponse(200, "Confirmed"), await _provider.CallAsync(body, at));
        using var refunded = await buyer.RefundAsync();
        await buyer.WaitForCompletionAsync();
        var version = await VersionAsync(buyer);

        Assert.Equal(new WebhookResponse(200, "Refunded"), await _provider.CallAsync(body, at));

        Assert.Equal(version, await VersionAsync(buyer));
    }

    [Fact]
    public async Task Webhook_that_cannot_be_delivered_is_postponed_longer_each_time_and_stops_no_other()
    {
        var db = new Database(shop, "ordersdb");
        var unknown = Guid.NewGuid();
        await db.RunAsync(
            """
            insert into simulated_payments (order_id, amount, currency, outcome, webhook_due_at, updated_at)
            values ($1, 100, 'EUR', 'Accepted', now() - interval '1 minute', now())
            """,
            unknown);

        var buyer = await new Buyer(shop).BuyAsync("tok_requires_action");
        await buyer.WaitForStatusAsync("Confirmed");
        // The first delay is 5 seconds, the second one 10, the third one 20.
        await WaitForAsync("webhook_attempts >= 3 and webhook_due_at > now() + interval '10 seconds'");
        await db.RunAsync("delete from simulated_payments where order_id = $1", unknown);

        Task WaitForAsync(string condition) => Eventually.ReadAsync(
            () => db.ReadAsync<bool>($"select {condition} from simulated_payments where order_id = $1", unknown), reached => reached);
    }

    [Fact]
    public async Task Webhook_with_an_invalid_signature_is_rejected()
    {
        var buyer = await BuyUnpaidAsync();
        var body = PaymentProviderClient.Body(buyer.OrderId);

        Assert.Equal(
            new WebhookResponse(401, "invalid_signature"),
            await _provider.CallAsync(body, key: "the-key-of-another-sender-that-is-long-enough"));

        using var changed = await _provider.SignedAsync(PaymentProviderClient.Body(buyer.OrderId, "declined"));
        changed.Content = Json(body);
        Assert.Equal(new WebhookResponse(401, "invalid_signature"), await _provider.SendAsync(changed));

        using var unsigned = new HttpRequestMessage(HttpMethod.Post, "/payment/confirm") { Content = Json(body) };
        Assert.Equal(new WebhookResponse(401, "invalid_signature"), await _provider.SendAsync(unsigned));

        Assert.Equal("StockReserved", (await buyer.ReadAsync()).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(-6)]
    [InlineData(6)]
    public async Task Webhook_with_a_timestamp_out_of_range_is_rejected(int minutes)
    {
        var buyer = await BuyUnpaidAsync();
        Assert.Equal(
            new WebhookResponse(401, "timestamp_out_of_range"),
            await _provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId), DateTimeOffset.UtcNow.AddMinutes(minutes)));
        Assert.Equal("StockReserved", (await buyer.ReadAsync()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Webhook_with_another_amount_or_order_or_without_a_valid_body_is_rejected()
    {
        var buyer = await BuyUnpaidAsync();
        Assert.Equal(
            new WebhookResponse(422, "amount_mismatch"),
            await _provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId, amount: 1)));
        Assert.Equal(
            new WebhookResponse(422, "amount_mismatch"),
            await _provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId, currency: "USD")));
        Assert.Equal(new WebhookResponse(404, "unknown_order"), await _provider.CallAsync(PaymentProviderClient.Body(Guid.NewGuid())));
        Assert.Equal(400, (await _provider.CallAsync("{}")).Status);
        Assert.Equal(400, (await _provider.CallAsync("nonsense")).Status);
        Assert.Equal("StockReserved", (await buyer.ReadAsync()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Order_that_is_not_paid_in_time_is_rejected_and_a_later_payment_is_reversed()
    {
        var buyer = await BuyUnpaidAsync();
        await new Database(shop, "ordersdb").RunAsync("update orders set due_at = now() where order_id = $1", buyer.OrderId);

        var order = await buyer.WaitForStatusAsync("Rejected");
        Assert.Equal("payment_not_confirmed", order.GetProperty("reason").GetString());
        await Eventually.ReadAsync(() => _keeper.StockAsync(buyer.Sku), stock => stock == new Level(1, 0, 1));
        await buyer.WaitForCompletionAsync();

        Assert.Equal(new WebhookResponse(200, "Rejected"), await _provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId)));
        await buyer.WaitForCompletionAsync();
        Assert.Equal("Reversed", await buyer.PaymentAsync());
    }

    [Fact]
    public async Task Paid_order_is_refunded_and_never_confirmed_when_its_expired_reservation_was_sold()
    {
        var buyer = await BuyUnpaidAsync();
        await new Database(shop, "catalogdb").RunAsync(
            "update reservations set expires_at = now() - interval '1 second' where order_id = $1", buyer.OrderId);
        await Eventually.ReadAsync(() => _keeper.StockAsync(buyer.Sku), stock => stock.Available == 1);
        await new StockClient(shop).ReserveAsync((buyer.Sku, 1));

        Assert.Equal(new WebhookResponse(200, "Refunded"), await _provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId)));

        var order = await buyer.ReadAsync();
        Assert.Equal("reservation_lost", order.GetProperty("reason").GetString());
        Assert.Equal("Reversed", await buyer.PaymentAsync());
        Assert.Equal(new Level(1, 1, 0), await _keeper.StockAsync(buyer.Sku));
    }

    [Theory]
    [InlineData("Paid", "Confirmed")]
    [InlineData("Confirmed", "Confirmed")]
    public async Task Overdue_order_is_completed_by_another_replica(string savedStatus, string finalStatus)
    {
        // The state that a process leaves when it ends right after it has saved the outcome of a webhook.
        var buyer = await BuyUnpaidAsync();
        var db = new Database(shop, "ordersdb");
        if (savedStatus == "Confirmed")
        {
            await new StockClient(shop).Client.CommitStockAsync(new() { OrderId = buyer.OrderId.ToString() });
        }

        await db.RunAsync("update orders set status = $2, due_at = now() where order_id = $1", buyer.OrderId, savedStatus);

        await buyer.WaitForStatusAsync(finalStatus);
        await buyer.WaitForCompletionAsync();
        await Eventually.ReadAsync(buyer.Visitor.LinesInCartAsync, lines => lines == 0);
        Assert.Equal(new Level(0, 0, 0), await _keeper.StockAsync(buyer.Sku));
    }

    private Task<string> VersionAsync(Buyer buyer) =>
        new Database(shop, "ordersdb").ReadAsync<string>("select xmin::text from orders where order_id = $1", buyer.OrderId);

    private static StringContent Json(string body) => new(body, MediaTypeHeaderValue.Parse("application/json"));

    private async Task<Buyer> BuyUnpaidAsync()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_abandoned");
        await buyer.WaitForPendingPaymentAsync();
        return buyer;
    }
}

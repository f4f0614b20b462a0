using System.Net.Http.Headers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Contracts;
using Shop.Orders.Payment;
using Shop.Orders.Payment.Simulator;
using Shop.Orders.Storage;
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
    [InlineData("tok_action_refused", "Rejected", "payment_declined")]
    public async Task Each_test_card_leads_where_it_should(string card, string status, string? reason)
    {
        var buyer = await new Buyer(shop).BuyAsync(card);
        var order = await buyer.WaitForStatusAsync(status);
        Assert.Equal(reason, order.GetProperty("reason").GetString());
        await Eventually.ReadAsync(() => _keeper.StockAsync(buyer.Sku), stock => stock == (status == "Confirmed" ? new Level(0, 0, 0) : new Level(1, 0, 1)));
    }

    [Fact]
    public async Task An_answer_of_the_provider_that_got_lost_charges_once()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_timeout");
        var order = await buyer.WaitForStatusAsync("Confirmed");
        Assert.Equal(["Submitted", "StockReserved", "Paid", "Confirmed"], order.GetProperty("changes").EnumerateArray().Select(change => change.GetProperty("status").GetString()));
        Assert.Equal("Accepted", await buyer.PaymentAsync());
    }

    [Fact]
    public async Task The_simulator_is_as_slow_as_unwilling_and_as_unsure_as_it_is_told_to_be()
    {
        var address = $"{await shop.ConnectionStringAsync("ordersdb")};Pooling=false";
        await using var db = new OrdersDb(new DbContextOptionsBuilder<OrdersDb>().UseNpgsql(address).Options);
        var order = Guid.NewGuid();
        Task<PaymentResult> ChargeAsync(SimulatorOptions options, CancellationToken patience = default) =>
            new SimulatedPaymentProvider(db, Options.Create(options), TimeProvider.System).ChargeAsync(order, new Money(100, "EUR"), new PaymentCard("tok_ok"), patience);

        using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ChargeAsync(new() { Latency = TimeSpan.FromSeconds(30) }, impatient.Token));
        await Assert.ThrowsAsync<TimeoutException>(() => ChargeAsync(new() { FaultRate = 1 }));
        Assert.IsType<PaymentResult.Declined>(await ChargeAsync(new() { DeclineRate = 1 }));

        // It has given its answer for this order.
        Assert.IsType<PaymentResult.Declined>(await ChargeAsync(new()));
        order = Guid.NewGuid();
        Assert.IsType<PaymentResult.Accepted>(await ChargeAsync(new()));
        Assert.IsType<PaymentResult.Accepted>(await ChargeAsync(new() { DeclineRate = 1 }));
    }

    [Fact]
    public async Task A_call_back_confirms_the_order_that_waits_for_it_once()
    {
        var buyer = await AwaitedAsync();
        var body = PaymentProviderClient.Body(buyer.OrderId);

        Assert.Equal(new WebhookResponse(200, "Confirmed"), await _provider.CallAsync(body));
        await buyer.WaitForCompletionAsync();
        await Eventually.ReadAsync(buyer.Visitor.LinesInCartAsync, lines => lines == 0);
        Assert.Equal(new Level(0, 0, 0), await _keeper.StockAsync(buyer.Sku));

        // The provider may say it again, in a request of its own.
        Assert.Equal(new WebhookResponse(200, "Confirmed"), await _provider.CallAsync(body, DateTimeOffset.UtcNow.AddSeconds(1)));
    }

    [Fact]
    public async Task The_same_call_back_twice_is_a_replay_and_of_many_at_once_one_is_heard()
    {
        var buyer = await AwaitedAsync();
        var (body, at) = (PaymentProviderClient.Body(buyer.OrderId), DateTimeOffset.UtcNow);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _provider.CallAsync(body, at)));

        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.Equal(new WebhookResponse(409, "replayed"), answer));
        await buyer.WaitForStatusAsync("Confirmed");
    }

    [Fact]
    public async Task A_forged_call_back_is_refused()
    {
        var buyer = await AwaitedAsync();
        var body = PaymentProviderClient.Body(buyer.OrderId);

        Assert.Equal(new WebhookResponse(401, "forged"), await _provider.CallAsync(body, key: "somebody-elses-key-that-is-long-enough"));

        using var changed = await _provider.SignedAsync(PaymentProviderClient.Body(buyer.OrderId, "declined"));
        changed.Content = Json(body);
        Assert.Equal(new WebhookResponse(401, "forged"), await _provider.SendAsync(changed));

        using var unsigned = new HttpRequestMessage(HttpMethod.Post, "/payment/confirm") { Content = Json(body) };
        Assert.Equal(new WebhookResponse(401, "forged"), await _provider.SendAsync(unsigned));

        Assert.Equal("StockReserved", (await buyer.ReadAsync()).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData(-6)]
    [InlineData(6)]
    public async Task A_call_back_from_another_time_is_refused(int minutes)
    {
        var buyer = await AwaitedAsync();
        Assert.Equal(new WebhookResponse(401, "out_of_time"), await _provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId), DateTimeOffset.UtcNow.AddMinutes(minutes)));
        Assert.Equal("StockReserved", (await buyer.ReadAsync()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_call_back_about_another_amount_or_order_is_refused()
    {
        var buyer = await AwaitedAsync();
        Assert.Equal(new WebhookResponse(422, "other_amount"), await _provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId, amount: 1)));
        Assert.Equal(new WebhookResponse(422, "other_amount"), await _provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId, currency: "USD")));
        Assert.Equal(new WebhookResponse(404, "unknown_order"), await _provider.CallAsync(PaymentProviderClient.Body(Guid.NewGuid())));
        Assert.Equal(400, (await _provider.CallAsync("{}")).Status);
        Assert.Equal(400, (await _provider.CallAsync("nonsense")).Status);
        Assert.Equal("StockReserved", (await buyer.ReadAsync()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_buyer_who_does_not_confirm_in_time_loses_the_order_and_pays_nothing_even_when_they_confirm_later()
    {
        var buyer = await AwaitedAsync();
        await new Database(shop, "ordersdb").RunAsync("update orders set due_at = now() where order_id = $1", buyer.OrderId);

        var order = await buyer.WaitForStatusAsync("Rejected");
        Assert.Equal("payment_not_confirmed", order.GetProperty("reason").GetString());
        await Eventually.ReadAsync(() => _keeper.StockAsync(buyer.Sku), stock => stock == new Level(1, 0, 1));
        await buyer.WaitForCompletionAsync();

        Assert.Equal(new WebhookResponse(200, "Rejected"), await _provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId)));
        await buyer.WaitForCompletionAsync();
        Assert.Equal("PaidBack", await buyer.PaymentAsync());
    }

    [Fact]
    public async Task A_paid_order_whose_pieces_were_sold_meanwhile_is_refunded_and_never_confirmed()
    {
        var buyer = await AwaitedAsync();
        await new Database(shop, "catalogdb").RunAsync("update reservations set expires_at = now() - interval '1 second' where order_id = $1", buyer.OrderId);
        await Eventually.ReadAsync(() => _keeper.StockAsync(buyer.Sku), stock => stock.Available == 1);
        await new StockClient(shop).ReserveAsync((buyer.Sku, 1));

        Assert.Equal(new WebhookResponse(200, "Refunded"), await _provider.CallAsync(PaymentProviderClient.Body(buyer.OrderId)));

        var order = await buyer.ReadAsync();
        Assert.Equal("reservation_lost", order.GetProperty("reason").GetString());
        Assert.Equal("PaidBack", await buyer.PaymentAsync());
        Assert.Equal(new Level(1, 1, 0), await _keeper.StockAsync(buyer.Sku));
    }

    [Theory]
    [InlineData("Paid", "Confirmed")]
    [InlineData("Confirmed", "Confirmed")]
    public async Task What_was_stored_and_not_told_is_told_by_whoever_looks_next(string stored, string ends)
    {
        // As a process leaves it that ends right after storing what a call-back said.
        var buyer = await AwaitedAsync();
        var db = new Database(shop, "ordersdb");
        if (stored == "Confirmed")
            await new StockClient(shop).Client.CommitStockAsync(new() { OrderId = buyer.OrderId.ToString() });
        await db.RunAsync("update orders set status = $2, due_at = now() where order_id = $1", buyer.OrderId, stored);

        await buyer.WaitForStatusAsync(ends);
        await buyer.WaitForCompletionAsync();
        await Eventually.ReadAsync(buyer.Visitor.LinesInCartAsync, lines => lines == 0);
        Assert.Equal(new Level(0, 0, 0), await _keeper.StockAsync(buyer.Sku));
    }

    private static StringContent Json(string body) => new(body, MediaTypeHeaderValue.Parse("application/json"));

    private async Task<Buyer> AwaitedAsync()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_abandoned");
        await buyer.WaitForPendingPaymentAsync();
        return buyer;
    }
}

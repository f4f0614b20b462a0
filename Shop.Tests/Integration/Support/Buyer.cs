using System.Net.Http.Json;
using System.Text.Json;

namespace Shop.Tests.Integration.Support;

/// <summary>A visitor who buys one test piece, and looks after the order.</summary>
internal sealed class Buyer(ShopApp shop)
{
    private readonly Database _db = new(shop, "ordersdb");

    public Visitor Visitor { get; } = new(shop);

    public string Sku { get; private set; } = "";

    public Guid OrderId { get; private set; }

    public string Path => $"/api/v1/orders/{OrderId}";

    /// <summary>Buys the only piece there is.</summary>
    public async Task<Buyer> BuyAsync(string card)
    {
        Sku = await new Shopkeeper(shop).AddAsync(onHand: 1);
        await Visitor.PutAsync(Sku, 1);
        OrderId = Guid.Parse((await Visitor.CheckOutAsync(card)).Split('/')[^1]);
        return this;
    }

    public Task<JsonElement> WhenAsync(string status) => Eventually.ReadAsync(ReadAsync, order => order.ValueKind is JsonValueKind.Object && order.GetProperty("status").GetString() == status);

    /// <summary>Waits until the order waits for its buyer.</summary>
    public Task<bool> WhenAwaitedAsync() => Eventually.ReadAsync(
        () => _db.ReadAsync<bool>("select exists (select 1 from orders where order_id = $1 and status = 'StockReserved' and due_at is not null)", OrderId), waits => waits);

    /// <summary>Waits until all that follows from the order's status is done.</summary>
    public Task<bool> WhenDoneAsync() => Eventually.ReadAsync(
        () => _db.ReadAsync<bool>("select exists (select 1 from orders where order_id = $1 and due_at is null)", OrderId), done => done);

    public Task<string> PaymentAsync() => _db.ReadAsync<string>("select outcome from simulated_payments where order_id = $1", OrderId);

    public Task<HttpResponseMessage> CancelAsync(string reason = "changed_mind") => shop.Orders.PostAsJsonAsync($"{Path}/cancel", new { reason });

    public Task<HttpResponseMessage> RefundAsync(string reason = "broken") => shop.Orders.PostAsJsonAsync($"{Path}/refund", new { reason });

    public async Task<JsonElement> ReadAsync()
    {
        using var response = await shop.Orders.GetAsync(Path);
        return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<JsonElement>() : default;
    }
}

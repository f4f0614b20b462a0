using System.Net.Http.Json;
using System.Text.Json;

namespace Shop.Tests.Integration.Support;

/// <summary>A visitor who buys one product made for the test, and follows the order.</summary>
internal sealed class Buyer(ShopApp shop)
{
    private readonly Database _db = new(shop, "ordersdb");

    public Visitor Visitor { get; } = new(shop);

    public string Sku { get; private set; } = "";

    public Guid OrderId { get; private set; }

    public string Path => $"/api/v1/orders/{OrderId}";

    /// <summary>Adds a product with one unit in stock and buys that unit.</summary>
    public async Task<Buyer> BuyAsync(string card)
    {
        Sku = await new CatalogAdminClient(shop).AddAsync(onHand: 1);
        await Visitor.PutAsync(Sku, 1);
        OrderId = Guid.Parse((await Visitor.CheckOutAsync(card)).Split('/')[^1]);
        return this;
    }

    /// <summary>Waits until the order has a status, and returns the order.</summary>
    public Task<JsonElement> WaitForStatusAsync(string status) => Eventually.ReadAsync(
        ReadAsync, order => order.ValueKind is JsonValueKind.Object && order.GetProperty("status").GetString() == status);

    /// <summary>
    /// Waits until the order has its stock and the provider waits for the buyer to confirm the payment: the order is then due after 15
    /// minutes, and not after the 30 minutes within which an order must be processed.
    /// </summary>
    public Task<bool> WaitForPendingPaymentAsync() => Eventually.ReadAsync(
        () => IsAsync("status = 'StockReserved' and due_at < stored_at + interval '20 minutes'"), pending => pending);

    /// <summary>Waits until no follow-up of the order is outstanding.</summary>
    public Task<bool> WaitForCompletionAsync() => Eventually.ReadAsync(() => IsAsync("due_at is null"), completed => completed);

    /// <summary>Returns the outcome of the payment at the simulated provider.</summary>
    public Task<string> PaymentAsync() => _db.ReadAsync<string>("select outcome from simulated_payments where order_id = $1", OrderId);

    public Task<HttpResponseMessage> CancelAsync(string reason = "changed_mind") =>
        shop.Orders.PostAsJsonAsync($"{Path}/cancel", new { reason });

    public Task<HttpResponseMessage> RefundAsync(string reason = "broken") =>
        shop.OrdersStaff.PostAsJsonAsync($"/api/v1/admin/orders/{OrderId}/refund", new { reason });

    public Task<HttpResponseMessage> EraseRecipientAsync() => shop.OrdersStaff.DeleteAsync($"/api/v1/admin/orders/{OrderId}/recipient");

    public async Task<JsonElement> ReadAsync()
    {
        using var response = await shop.Orders.GetAsync(Path);
        return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<JsonElement>() : default;
    }

    private Task<bool> IsAsync(string condition) =>
        _db.ReadAsync<bool>($"select exists (select 1 from orders where order_id = $1 and {condition})", OrderId);
}

using Shop.Contracts;

namespace Shop.Storefront.Clients;

/// <summary>Reads and cancels orders.</summary>
internal sealed class OrdersClient(HttpClient http, ILogger<OrdersClient> log) : ServiceClient(http, log)
{
    /// <summary>Returns an order. Its id proves that the caller may read it.</summary>
    public Task<ServiceResult<OrderDetails>> FindAsync(Guid orderId, CancellationToken cancellationToken) =>
        GetAsync<OrderDetails>($"/api/v1/orders/{orderId}", cancellationToken);

    /// <summary>Returns a page of the orders of the member who is signed in, newest first.</summary>
    /// <param name="after">Cursor: <c>Next</c> of the previous page.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<ServiceResult<OrderList>> ListAsync(string? after, CancellationToken cancellationToken) =>
        GetAsync<OrderList>(
            "/api/v1/orders?limit=10" + (after is null ? "" : $"&after={Uri.EscapeDataString(after)}"), cancellationToken);

    /// <summary>Cancels an order that is not paid yet.</summary>
    public async Task<ServiceResult<OrderCancelled>> CancelAsync(Guid orderId, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/orders/{orderId}/cancel")
        {
            Content = JsonContent.Create(new { reason = "changed_mind" }),
        };
        return await SendAsync<OrderCancelled>(request, cancellationToken);
    }
}

/// <summary>A page of the orders of a member.</summary>
/// <param name="Items">The orders.</param>
/// <param name="Next">Cursor of the next page; null on the last one.</param>
public sealed record OrderList(IReadOnlyList<OrderListItem> Items, string? Next);

/// <summary>An order in the list of its member.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Status">Submitted, StockReserved, Paid, Confirmed, Rejected, Cancelled or Refunded.</param>
/// <param name="Total">The total price.</param>
/// <param name="SubmittedAt">The time of the checkout.</param>
public sealed record OrderListItem(Guid OrderId, string Status, Money Total, DateTimeOffset SubmittedAt);

/// <summary>An order as its customer sees it.</summary>
/// <param name="OrderId">The order.</param>
/// <param name="Status">Submitted, StockReserved, Paid, Confirmed, Rejected, Cancelled or Refunded.</param>
/// <param name="Reason">Why the order was rejected, cancelled or refunded.</param>
/// <param name="Lines">The ordered products.</param>
/// <param name="Total">The total price.</param>
/// <param name="SubmittedAt">The time of the checkout.</param>
/// <param name="Changes">All changes of the status, oldest first.</param>
public sealed record OrderDetails(
    Guid OrderId,
    string Status,
    string? Reason,
    IReadOnlyList<OrderDetailsLine> Lines,
    Money Total,
    DateTimeOffset SubmittedAt,
    IReadOnlyList<OrderDetailsChange> Changes)
{
    /// <summary>Whether the order has ended, apart from a later refund.</summary>
    public bool IsFinal => Status is "Confirmed" or "Rejected" or "Cancelled" or "Refunded";

    /// <summary>Whether the order is not paid yet.</summary>
    public bool CanBeCancelled => Status is "Submitted" or "StockReserved";
}

/// <summary>An ordered product.</summary>
/// <param name="Sku">SKU of the product.</param>
/// <param name="Name">Name of the product at checkout.</param>
/// <param name="Quantity">Units of the product.</param>
/// <param name="UnitPrice">Price of one unit.</param>
public sealed record OrderDetailsLine(string Sku, string Name, int Quantity, Money UnitPrice);

/// <summary>A change of an order's status.</summary>
/// <param name="Status">The new status.</param>
/// <param name="At">The time of the change.</param>
public sealed record OrderDetailsChange(string Status, DateTimeOffset At);

/// <summary>An order after its cancellation.</summary>
/// <param name="Status">The status of the order.</param>
internal sealed record OrderCancelled(string Status);

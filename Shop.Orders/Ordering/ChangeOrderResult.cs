namespace Shop.Orders.Ordering;

/// <summary>The result of <see cref="CancelOrder"/> and <see cref="RefundOrder"/>.</summary>
internal abstract record ChangeOrderResult
{
    /// <summary>The order has the requested status, by this request or by an earlier one.</summary>
    public sealed record Changed(Order Order) : ChangeOrderResult;

    public sealed record UnknownOrder : ChangeOrderResult;

    /// <summary>The order cannot be changed from its current status.</summary>
    public sealed record InvalidStatus(OrderStatus Status) : ChangeOrderResult;
}

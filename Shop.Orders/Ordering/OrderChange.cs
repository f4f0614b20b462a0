namespace Shop.Orders.Ordering;

/// <summary>A status change of an order. No transition leads back to an earlier status, so an order has each status at most once.</summary>
internal sealed class OrderChange
{
    public required Guid OrderId { get; init; }

    public required OrderStatus Status { get; init; }

    public required string? Reason { get; init; }

    public required DateTimeOffset At { get; init; }
}

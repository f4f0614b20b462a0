namespace Shop.Orders.Ordering;

/// <summary>A status change of an order. No transition leads back to an earlier status, so an order has each status at most once.</summary>
internal sealed class OrderChange
{
    public required Guid OrderId { get; init; }

    public required OrderStatus Status { get; init; }

    public required string? Reason { get; init; }

    /// <summary>The time of the change. Changes are sorted by <see cref="Sequence"/>, since the clocks of replicas differ.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The position in the history of the order, with gaps. The database derives it from the status.</summary>
    public int Sequence { get; private init; }

    /// <summary>The time at which the journey events of the change were emitted; null until then.</summary>
    public DateTimeOffset? EmittedAt { get; set; }
}

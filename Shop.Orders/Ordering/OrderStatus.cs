namespace Shop.Orders.Ordering;

/// <summary>
/// The states of an order:
/// <code>
/// Submitted ──► StockReserved ──► Paid ──► Confirmed ──► Refunded   on request, or because the payment was withdrawn
///     │               │            │
///     │               │            └► Refunded                     the reservation is lost, or as above
///     └──► Rejected ◄─┤
///     └──► Cancelled ◄┘                                            on request, before the payment
/// </code>
/// Transitions lead only to statuses further down in this list, so <c>order_changes.sequence</c> follows from the status.
/// </summary>
internal enum OrderStatus
{
    Submitted,
    StockReserved,
    Paid,
    Confirmed,
    Rejected,
    Cancelled,
    Refunded,
}

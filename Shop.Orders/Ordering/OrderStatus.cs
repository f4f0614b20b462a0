namespace Shop.Orders.Ordering;

/// <summary>
/// The life of an order:
/// <code>
/// Submitted ──► StockReserved ──► Paid ──► Confirmed ──► Refunded   for a reason that the customer or the shop gave
///     │               │            │
///     │               │            └► Refunded                     its reservation had expired, and others bought the pieces
///     └──► Rejected ◄─┤
///     └──► Cancelled ◄┘                                            before money moved
/// </code>
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

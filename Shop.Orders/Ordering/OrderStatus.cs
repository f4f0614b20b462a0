namespace Shop.Orders.Ordering;

/// <summary>
/// The states of an order:
/// <code>
/// Submitted ──► StockReserved ──► Paid ──► Confirmed ──► Refunded   on request
///     │               │            │
///     │               │            └► Refunded                     the reservation had expired and the units were sold to others
///     └──► Rejected ◄─┤
///     └──► Cancelled ◄┘                                            on request, before the payment
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

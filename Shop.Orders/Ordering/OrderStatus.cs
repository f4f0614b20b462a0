namespace Shop.Orders.Ordering;

/// <summary>
/// The life of an order:
/// <code>
/// Submitted ──► StockReserved ──► Paid ──► Confirmed ──► Refunded
///     │               │            │           │
///     └──► Rejected ◄─┘            └► Refunded └► (goods are on their way)
///     └──────┬────────┘
///            └► Cancelled
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

namespace Shop.Contracts.Messages;

/// <summary>
/// The payment of an order was refunded in full. Orders publishes the message; Catalog releases a reservation that is not committed.
/// Committed stock is not put back: only the warehouse knows which goods are returned in which condition, and books them as a stock
/// adjustment.
/// </summary>
/// <remarks>Delivered at least once.</remarks>
/// <param name="OrderId">Order identifier.</param>
/// <param name="CartId">Cart that the order was made from.</param>
/// <param name="Total">Total that was refunded.</param>
/// <param name="Reason">Reason given with the refund, or <c>reservation_lost</c> when the stock of a paid order was lost.</param>
/// <param name="RefundedAt">Time at which the order was refunded.</param>
public sealed record OrderRefunded(Guid OrderId, string CartId, Money Total, string Reason, DateTimeOffset RefundedAt);

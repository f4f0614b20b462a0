namespace Shop.Contracts.Messages;

/// <summary>
/// An order was paid and its stock was committed. Orders publishes the message; Cart removes the purchased lines. Catalog commits the
/// reservation if it is not committed already.
/// </summary>
/// <remarks>Delivered at least once.</remarks>
/// <param name="OrderId">Order identifier.</param>
/// <param name="CartId">Cart that the order was made from.</param>
/// <param name="Lines">Lines of the order.</param>
/// <param name="Total">Total that was paid.</param>
/// <param name="ConfirmedAt">Time at which the order was confirmed.</param>
public sealed record OrderConfirmed(Guid OrderId, string CartId, IReadOnlyList<OrderLine> Lines, Money Total, DateTimeOffset ConfirmedAt);

namespace Shop.Contracts.Messages;

/// <summary>
/// The customer cancelled an order before it was paid. Orders publishes the message; Catalog releases the reserved stock.
/// </summary>
/// <remarks>Delivered at least once.</remarks>
/// <param name="OrderId">Order identifier.</param>
/// <param name="CartId">Cart that the order was made from.</param>
/// <param name="Reason">Reason given with the cancellation.</param>
/// <param name="CancelledAt">Time at which the order was cancelled.</param>
public sealed record OrderCancelled(Guid OrderId, string CartId, string Reason, DateTimeOffset CancelledAt);

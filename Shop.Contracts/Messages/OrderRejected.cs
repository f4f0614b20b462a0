namespace Shop.Contracts.Messages;

/// <summary>An order was rejected and will not be fulfilled. Orders publishes the message; Catalog releases the reserved stock.</summary>
/// <remarks>Delivered at least once.</remarks>
/// <param name="OrderId">Order identifier.</param>
/// <param name="CartId">Cart that the order was made from.</param>
/// <param name="Reason">Machine-readable reason code, for example <c>out_of_stock</c> or <c>payment_declined</c>.</param>
/// <param name="RejectedAt">Time at which the order was rejected.</param>
public sealed record OrderRejected(Guid OrderId, string CartId, string Reason, DateTimeOffset RejectedAt);

namespace Shop.Contracts.Messages;

/// <summary>
/// The money is back with the customer. The goods are not: what comes back, and in what condition, only the warehouse knows, and
/// books it as an adjustment of the stock. From Orders; may arrive more than once.
/// </summary>
public sealed record OrderRefunded(Guid OrderId, string CartId, Money Total, string Reason, DateTimeOffset RefundedAt);

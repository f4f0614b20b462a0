namespace Shop.Contracts.Messages;

/// <summary>Stock is reserved and the order is paid. From Orders to whoever waits for it; may arrive more than once.</summary>
public sealed record OrderConfirmed(Guid OrderId, string CartId, IReadOnlyList<OrderLine> Lines, Money Total, DateTimeOffset ConfirmedAt);

namespace Shop.Contracts.Messages;

/// <summary>The order will not be carried out, and whoever holds something for it lets it go. From Orders; may arrive more than once.</summary>
public sealed record OrderRejected(Guid OrderId, string CartId, string Reason, DateTimeOffset RejectedAt);

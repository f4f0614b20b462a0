namespace Shop.Contracts.Messages;

/// <summary>The customer changed their mind before money moved. From Orders; may arrive more than once.</summary>
public sealed record OrderCancelled(Guid OrderId, string CartId, string Reason, DateTimeOffset CancelledAt);

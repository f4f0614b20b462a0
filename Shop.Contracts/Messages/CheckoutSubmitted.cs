namespace Shop.Contracts.Messages;

/// <summary>A customer has bought a cart. From Cart to Orders; the same order id is the same order, however often it arrives.</summary>
public sealed record CheckoutSubmitted(
    Guid OrderId,
    string CartId,
    IReadOnlyList<OrderLine> Lines,
    Money Total,
    Recipient Recipient,
    PaymentCard Payment,
    DateTimeOffset SubmittedAt);

/// <summary>What was bought, at the price that the catalog confirmed at checkout.</summary>
public sealed record OrderLine(string Sku, string Name, int Quantity, Money UnitPrice);

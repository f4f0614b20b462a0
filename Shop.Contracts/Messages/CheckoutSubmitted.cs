namespace Shop.Contracts.Messages;

/// <summary>A customer checked out a cart. Cart publishes the message and Orders creates the order.</summary>
/// <remarks>Delivered at least once. Messages with the same <paramref name="OrderId"/> describe the same order.</remarks>
/// <param name="OrderId">Order identifier, computed from the cart id and the idempotency key of the checkout.</param>
/// <param name="CartId">Cart that was checked out.</param>
/// <param name="Lines">Lines of the order, one for each SKU.</param>
/// <param name="Total">Sum of unit price times quantity of all lines.</param>
/// <param name="Recipient">The person that the order is shipped to; encrypted in the message.</param>
/// <param name="Payment">The card that the order is paid with; encrypted in the message. Null only if the total is 0.</param>
/// <param name="SubmittedAt">Time of the first checkout request with this idempotency key, in UTC.</param>
/// <param name="ContentHash">
/// Hash of the request and the lines, compared with <see cref="Contracts.ContentHash.Differs"/>. Messages of older versions have none.
/// </param>
/// <param name="CustomerId">
/// Subject of the member who checked out; null for a guest, and in messages of older versions. A repeated message may add it.
/// </param>
public sealed record CheckoutSubmitted(
    Guid OrderId,
    string CartId,
    IReadOnlyList<OrderLine> Lines,
    Money Total,
    Recipient Recipient,
    PaymentCard? Payment,
    DateTimeOffset SubmittedAt,
    string? ContentHash = null,
    string? CustomerId = null);

using Shop.Contracts.Messages;

namespace Shop.Contracts;

/// <summary>
/// What Orders stored of a checkout: the response of <c>GET /internal/v1/checkouts/{orderId}</c>, which Cart calls when its Redis does not
/// know a checkout. An order that is not stored is 204: with 404, each first checkout would have a failed span.
/// </summary>
/// <param name="OrderId">Order identifier.</param>
/// <param name="CartId">Cart that was checked out.</param>
/// <param name="Status">Status of the order.</param>
/// <param name="InProgress">True if the order may still be confirmed: it is neither confirmed, rejected, cancelled nor refunded.</param>
/// <param name="ContentHash">Hash of the checkout's content; null if the message had none. See <see cref="Contracts.ContentHash"/>.</param>
/// <param name="Lines">Lines of the order.</param>
/// <param name="Total">Total of the order.</param>
/// <param name="CustomerId">Subject of the member who checked out; null for a guest.</param>
public sealed record StoredCheckout(
    Guid OrderId,
    string CartId,
    string Status,
    bool InProgress,
    string? ContentHash,
    IReadOnlyList<OrderLine> Lines,
    Money Total,
    string? CustomerId = null)
{
    /// <summary>Route of the endpoint. Other services only: policy <c>service</c>.</summary>
    public const string Route = "/internal/v1/checkouts/{orderId:guid}";
}

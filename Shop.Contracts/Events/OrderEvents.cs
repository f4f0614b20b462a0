using Shop.Telemetry.Events;

namespace Shop.Contracts.Events;

/// <summary>Events of orders, from checkout to their final status.</summary>
public static class OrderEvents
{
    /// <summary>An order was stored and is being processed.</summary>
    /// <param name="OrderId">Order identifier.</param>
    /// <param name="CartId">Hash of the id of the cart that the order was made from.</param>
    /// <param name="LineCount">Number of lines, one for each SKU.</param>
    /// <param name="TotalQuantity">Units of all lines in total.</param>
    /// <param name="Amount">Total of the order in minor units of the currency.</param>
    /// <param name="Currency">ISO 4217 currency code.</param>
    [Event("order.submitted")]
    public sealed record Submitted(
        Guid OrderId, CartIdHash CartId, int LineCount, int TotalQuantity, long Amount, string Currency) : ShopEvent;

    /// <summary>The payment provider accepted the payment.</summary>
    /// <param name="OrderId">Order identifier.</param>
    /// <param name="Amount">Payment in minor units of the currency.</param>
    /// <param name="Currency">ISO 4217 currency code.</param>
    [Event("payment.accepted")]
    public sealed record PaymentAccepted(Guid OrderId, long Amount, string Currency) : ShopEvent;

    /// <summary>The customer must confirm the payment with their bank. The payment provider reports the result by webhook.</summary>
    /// <param name="OrderId">Order identifier.</param>
    /// <param name="Amount">Payment in minor units of the currency.</param>
    /// <param name="Currency">ISO 4217 currency code.</param>
    [Event("payment.action_required")]
    public sealed record PaymentActionRequired(Guid OrderId, long Amount, string Currency) : ShopEvent;

    /// <summary>The payment provider declined the card, or the customer did not approve the payment.</summary>
    /// <param name="OrderId">Order identifier.</param>
    /// <param name="Amount">Payment in minor units of the currency.</param>
    /// <param name="Currency">ISO 4217 currency code.</param>
    [Event("payment.declined")]
    public sealed record PaymentDeclined(Guid OrderId, long Amount, string Currency) : ShopEvent;

    /// <summary>An order was paid and its stock was committed: the end of a successful journey.</summary>
    /// <param name="OrderId">Order identifier.</param>
    /// <param name="CartId">Hash of the id of the cart that the order was made from.</param>
    /// <param name="Amount">Total of the order in minor units of the currency.</param>
    /// <param name="Currency">ISO 4217 currency code.</param>
    [Event("order.confirmed")]
    public sealed record Confirmed(Guid OrderId, CartIdHash CartId, long Amount, string Currency) : ShopEvent;

    /// <summary>An order was rejected and will not be fulfilled.</summary>
    /// <param name="OrderId">Order identifier.</param>
    /// <param name="CartId">Hash of the id of the cart that the order was made from.</param>
    /// <param name="Reason">Machine-readable reason code.</param>
    [Event("order.rejected")]
    public sealed record Rejected(Guid OrderId, CartIdHash CartId, string Reason) : ShopEvent;

    /// <summary>The customer cancelled an order before it was paid.</summary>
    /// <param name="OrderId">Order identifier.</param>
    /// <param name="CartId">Hash of the id of the cart that the order was made from.</param>
    /// <param name="Reason">Reason given with the cancellation.</param>
    [Event("order.cancelled")]
    public sealed record Cancelled(Guid OrderId, CartIdHash CartId, string Reason) : ShopEvent;

    /// <summary>The payment of an order is refunded in full.</summary>
    /// <param name="OrderId">Order identifier.</param>
    /// <param name="CartId">Hash of the id of the cart that the order was made from.</param>
    /// <param name="Amount">Refund in minor units of the currency.</param>
    /// <param name="Currency">ISO 4217 currency code.</param>
    /// <param name="Reason">Reason given with the refund, or the machine-readable reason code of the shop.</param>
    [Event("order.refunded")]
    public sealed record Refunded(Guid OrderId, CartIdHash CartId, long Amount, string Currency, string Reason) : ShopEvent;
}

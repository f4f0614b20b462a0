using Shop.Telemetry.Events;

namespace Shop.Contracts.Events;

/// <summary>From checkout to the end of an order.</summary>
public static class OrderEvents
{
    [Event("order.submitted", "An order is stored, and will be carried out.")]
    public sealed record Submitted(Guid OrderId, string CartId, int Lines, int Pieces, long Amount, string Currency) : ShopEvent;

    [Event("payment.accepted", "The provider took the money.")]
    public sealed record PaymentAccepted(Guid OrderId, long Amount, string Currency) : ShopEvent;

    [Event("payment.action_required", "The buyer must confirm the payment with their bank; the provider calls back.")]
    public sealed record PaymentActionRequired(Guid OrderId, long Amount, string Currency) : ShopEvent;

    [Event("payment.declined", "The provider refused the card, or the buyer to confirm.")]
    public sealed record PaymentDeclined(Guid OrderId, long Amount, string Currency) : ShopEvent;

    [Event("order.confirmed", "Stock is reserved and the order is paid: the journey has reached its end.")]
    public sealed record Confirmed(Guid OrderId, string CartId, long Amount, string Currency) : ShopEvent;

    [Event("order.rejected", "The order will not be carried out.")]
    public sealed record Rejected(Guid OrderId, string CartId, string Reason) : ShopEvent;

    [Event("order.cancelled", "The customer changed their mind before money moved.")]
    public sealed record Cancelled(Guid OrderId, string CartId, string Reason) : ShopEvent;

    [Event("order.refunded", "The money goes back.")]
    public sealed record Refunded(Guid OrderId, string CartId, long Amount, string Currency, string Reason) : ShopEvent;
}

using Shop.Orders.Ordering;

namespace Shop.Orders.Payment.Webhook;

/// <summary>The result of <see cref="ConfirmPayment"/>.</summary>
internal abstract record ConfirmPaymentResult
{
    /// <summary>The webhook was processed. The order may have been in a final status before.</summary>
    public sealed record Processed(Order Order) : ConfirmPaymentResult;

    public sealed record UnknownOrder : ConfirmPaymentResult;

    /// <summary>The order is not charged yet. The provider sends the webhook again later.</summary>
    public sealed record PaymentNotRequested : ConfirmPaymentResult;

    public sealed record AmountMismatch : ConfirmPaymentResult;

    /// <summary>The same signed request was processed before. It has no further effect.</summary>
    public sealed record Duplicate(Order Order) : ConfirmPaymentResult;
}

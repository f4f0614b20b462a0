namespace Shop.Orders.Ordering;

/// <summary>Machine-readable reasons for which the shop itself rejects or refunds an order.</summary>
internal static class StatusReasons
{
    public const string OutOfStock = "out_of_stock";

    /// <summary>The stock of the order was released or sold, or Catalog does not know its reservation.</summary>
    public const string ReservationLost = "reservation_lost";

    public const string PaymentDeclined = "payment_declined";
    public const string InsufficientFunds = "insufficient_funds";
    public const string CardExpired = "card_expired";
    public const string PaymentNotConfirmed = "payment_not_confirmed";

    /// <summary>The provider declined a payment that it had accepted before.</summary>
    public const string PaymentWithdrawn = "payment_withdrawn";

    /// <summary>The checkout reached Orders later than <see cref="OrderingOptions.MaxCheckoutAge"/>.</summary>
    public const string CheckoutExpired = "checkout_expired";

    /// <summary>The recipient was erased before the checkout became an order.</summary>
    public const string RecipientErased = "recipient_erased";

    /// <summary>The order could not be processed within <see cref="OrderingOptions.ProcessingTimeout"/>.</summary>
    public const string ProcessingTimedOut = "processing_timed_out";

    /// <summary>Returns whether an order was rejected because the provider declined its payment.</summary>
    public static bool IsPaymentDecline(string? reason) => reason is PaymentDeclined or InsufficientFunds or CardExpired;
}

namespace Shop.Orders.Ordering;

/// <summary>Machine-readable reasons for which the shop itself rejects or refunds an order.</summary>
internal static class StatusReasons
{
    public const string OutOfStock = "out_of_stock";
    public const string ReservationLost = "reservation_lost";
    public const string PaymentDeclined = "payment_declined";
    public const string InsufficientFunds = "insufficient_funds";
    public const string CardExpired = "card_expired";
    public const string PaymentNotConfirmed = "payment_not_confirmed";
}

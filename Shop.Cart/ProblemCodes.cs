namespace Shop.Cart;

/// <summary>Problem codes of ProblemDetails responses and of the <c>problem</c> fields of a cart and its lines.</summary>
internal static class ProblemCodes
{
    public const string CartChanged = "cart_changed";
    public const string CartEmpty = "cart_empty";
    public const string CartFull = "cart_full";
    public const string CheckoutInProgress = "checkout_in_progress";
    public const string IdempotencyKeyReused = "idempotency_key_reused";
    public const string InvalidOrder = "invalid_order";
    public const string LinesUnavailable = "lines_unavailable";
    public const string MixedCurrencies = "mixed_currencies";
    public const string OrderNotReplaceable = "order_not_replaceable";
    public const string OrdersUnavailable = "orders_unavailable";
    public const string OutOfStock = "out_of_stock";
    public const string PriceChanged = "price_changed";
    public const string PricesUnavailable = "prices_unavailable";
    public const string UnknownProduct = "unknown_product";
}

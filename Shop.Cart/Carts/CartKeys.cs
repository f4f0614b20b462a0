namespace Shop.Cart.Carts;

/// <summary>
/// Redis keys of a cart. The braces are a hash tag: a Redis Cluster stores all keys of a cart on the same node, as scripts require.
/// </summary>
internal static class CartKeys
{
    /// <summary>
    /// Time to live of what is stored of a checkout and of its order. It is independent of <see cref="CartOptions.TimeToLive"/>: a repeated
    /// request or message must be recognized long after the cart has expired.
    /// </summary>
    public static readonly TimeSpan CheckoutTtl = TimeSpan.FromDays(90);

    /// <summary>Hash of SKU to stored line.</summary>
    public static string Lines(string cartId) => $"cart:{{{cartId}}}";

    /// <summary>Result of the last merge of the source cart into this cart.</summary>
    public static string MergedFrom(string cartId, string sourceCartId) => $"{Lines(cartId)}:merged-from:{sourceCartId}";

    /// <summary>Marks an order whose lines were removed from this cart, with the units that this cart did not contain.</summary>
    public static string RemovedByOrder(string cartId, Guid orderId) => $"{Lines(cartId)}:removed-by-order:{orderId}";

    /// <summary>Hash of the checkout with an idempotency key.</summary>
    public static string Checkout(string cartId, string idempotencyKey) => $"{Lines(cartId)}:idempotency-key:{idempotencyKey}";

    /// <summary>Hash of the order that the cart is being checked out with.</summary>
    public static string CheckoutInProgress(string cartId) => $"{Lines(cartId)}:order-in-progress";
}

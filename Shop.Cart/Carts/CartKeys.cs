namespace Shop.Cart.Carts;

/// <summary>
/// Redis keys of a cart. The braces are a hash tag: a Redis Cluster stores all keys of a cart on the same node, as scripts require.
/// </summary>
internal static class CartKeys
{
    /// <summary>Hash of SKU to stored line.</summary>
    public static string Lines(string cartId) => $"cart:{{{cartId}}}";

    /// <summary>Id of the cart that this cart was merged into.</summary>
    public static string MergedInto(string cartId) => $"{Lines(cartId)}:merged-into";

    /// <summary>Result of the last merge of the source cart into this cart.</summary>
    public static string MergedFrom(string cartId, string sourceCartId) => $"{Lines(cartId)}:merged-from:{sourceCartId}";

    /// <summary>Marks an order whose lines were removed from this cart.</summary>
    public static string RemovedByOrder(string cartId, Guid orderId) => $"{Lines(cartId)}:removed-by-order:{orderId}";

    /// <summary>Snapshot of the checkout with an idempotency key.</summary>
    public static string Checkout(string cartId, string idempotencyKey) => $"{Lines(cartId)}:checkout:{idempotencyKey}";
}

using Shop.Telemetry.Events;

namespace Shop.Contracts.Events;

/// <summary>Events of carts, from the first line to checkout.</summary>
public static class CartEvents
{
    /// <summary>A cart was read.</summary>
    /// <param name="CartId">Hash of the id of the cart.</param>
    /// <param name="LineCount">Number of lines, one for each SKU.</param>
    /// <param name="TotalQuantity">Units of all lines in total.</param>
    [Event("cart.viewed")]
    public sealed record Viewed(CartIdHash CartId, int LineCount, int TotalQuantity) : ShopEvent;

    /// <summary>A product was added to a cart that did not contain it.</summary>
    /// <param name="CartId">Hash of the id of the cart.</param>
    /// <param name="ItemSku">SKU of the product.</param>
    /// <param name="Quantity">Units of the product.</param>
    [Event("cart.line_added")]
    public sealed record LineAdded(CartIdHash CartId, string ItemSku, int Quantity) : ShopEvent;

    /// <summary>The quantity of a product in a cart was set.</summary>
    /// <param name="CartId">Hash of the id of the cart.</param>
    /// <param name="ItemSku">SKU of the product.</param>
    /// <param name="Quantity">Units of the product.</param>
    [Event("cart.line_changed")]
    public sealed record LineChanged(CartIdHash CartId, string ItemSku, int Quantity) : ShopEvent;

    /// <summary>A product was removed from a cart.</summary>
    /// <param name="CartId">Hash of the id of the cart.</param>
    /// <param name="ItemSku">SKU of the product.</param>
    [Event("cart.line_removed")]
    public sealed record LineRemoved(CartIdHash CartId, string ItemSku) : ShopEvent;

    /// <summary>The lines of a confirmed order were removed from the cart.</summary>
    /// <param name="CartId">Hash of the id of the cart.</param>
    /// <param name="OrderId">Identifier of the confirmed order.</param>
    [Event("cart.emptied")]
    public sealed record Emptied(CartIdHash CartId, Guid OrderId) : ShopEvent;

    /// <summary>A checkout was accepted and its order was published. A repeated request emits <c>checkout.repeated</c>.</summary>
    /// <param name="CartId">Hash of the id of the cart.</param>
    /// <param name="OrderId">Identifier of the new order.</param>
    /// <param name="LineCount">Number of lines, one for each SKU.</param>
    /// <param name="TotalQuantity">Units of all lines in total.</param>
    /// <param name="Amount">Total of the order in minor units of the currency.</param>
    /// <param name="Currency">ISO 4217 currency code.</param>
    [Event("checkout.submitted")]
    public sealed record CheckoutSubmitted(
        CartIdHash CartId, Guid OrderId, int LineCount, int TotalQuantity, long Amount, string Currency) : ShopEvent;

    /// <summary>A checkout was repeated with its idempotency key and returned the order that was published before.</summary>
    /// <param name="CartId">Hash of the id of the cart.</param>
    /// <param name="OrderId">Identifier of the order.</param>
    [Event("checkout.repeated")]
    public sealed record CheckoutRepeated(CartIdHash CartId, Guid OrderId) : ShopEvent;

    /// <summary>A checkout was rejected. The cart is unchanged.</summary>
    /// <param name="CartId">Hash of the id of the cart.</param>
    /// <param name="Reason">Problem code of the response.</param>
    [Event("checkout.rejected")]
    public sealed record CheckoutRejected(CartIdHash CartId, string Reason) : ShopEvent;
}

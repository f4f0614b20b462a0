using Shop.Telemetry.Events;

namespace Shop.Contracts.Events;

/// <summary>From the first product in a cart to checkout.</summary>
public static class CartEvents
{
    [Event("cart.viewed", "Somebody looked at a cart.")]
    public sealed record Viewed(string CartId, int Lines, int Pieces) : ShopEvent;

    [Event("cart.line_added", "A product was put into a cart that did not have it.")]
    public sealed record LineAdded(string CartId, string ItemSku, int Quantity) : ShopEvent;

    [Event("cart.line_changed", "The quantity of a product in a cart was set anew.")]
    public sealed record LineChanged(string CartId, string ItemSku, int Quantity) : ShopEvent;

    [Event("cart.line_removed", "A product was taken out of a cart.")]
    public sealed record LineRemoved(string CartId, string ItemSku) : ShopEvent;

    [Event("cart.emptied", "What a confirmed order bought has left the cart.")]
    public sealed record Emptied(string CartId, Guid OrderId) : ShopEvent;

    [Event("checkout.submitted", "A cart is bought, and the order is on its way. A repeated request says so again.")]
    public sealed record CheckoutSubmitted(string CartId, Guid OrderId, int Lines, int Pieces, long Amount, string Currency) : ShopEvent;

    [Event("checkout.refused", "A cart could not be bought as it was.")]
    public sealed record CheckoutRefused(string CartId, string Reason) : ShopEvent;
}

using Microsoft.Extensions.Hosting;
using Shop.Telemetry.Journeys;

namespace Shop.Contracts.Journeys;

/// <summary>The journey keys of the shop.</summary>
public static class ShopJourneyKeys
{
    /// <summary>The product that the request is about: its SKU.</summary>
    public static JourneyKey ItemId { get; } = new("shop.item.id", maxLength: 64);

    /// <summary>The number of units in the cart: an integer of at most six digits.</summary>
    public static JourneyKey CartItemCount { get; } = new("shop.cart.item_count", maxLength: 6, isNumber: true);

    /// <summary>Registers the journey keys of the shop. Every service calls this after <c>AddServiceDefaults()</c>.</summary>
    /// <param name="builder">The host builder.</param>
    public static void AddShopJourneyKeys(this IHostApplicationBuilder builder) => builder.AddJourneyKeys(ItemId, CartItemCount);
}

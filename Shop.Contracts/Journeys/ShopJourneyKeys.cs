using Microsoft.Extensions.Hosting;
using Shop.Contracts.Events;
using Shop.Telemetry.Journeys;

namespace Shop.Contracts.Journeys;

/// <summary>The journey keys of the shop.</summary>
public static class ShopJourneyKeys
{
    /// <summary>The product that the request is about: its SKU.</summary>
    public static JourneyKey ItemId { get; } = new("shop.item.id", maxLength: 64);

    /// <summary>The number of units in the cart: an integer of at most six digits.</summary>
    public static JourneyKey CartItemCount { get; } = new("shop.cart.item_count", maxLength: 6, isNumber: true);

    /// <summary>
    /// Category of the traffic that no person causes: <c>test</c> or <c>bot</c>. The name and the values are those of OpenTelemetry.
    /// </summary>
    public static JourneyKey SyntheticType { get; } =
        new("user_agent.synthetic.type", maxLength: 4, static value => value is "test" or "bot");

    /// <summary>
    /// Which version of a service the session gets while a canary runs: <c>canary</c> or <c>baseline</c>. Absent without a canary.
    /// </summary>
    public static JourneyKey ReleaseTrack { get; } =
        new("shop.release.track", maxLength: 8, static value => value is "canary" or "baseline");

    /// <summary>
    /// Registers the journey keys of the shop, and keeps the ids of carts out of spans. Every service calls this after
    /// <c>AddServiceDefaults()</c>.
    /// </summary>
    /// <param name="builder">The host builder.</param>
    public static void AddShopJourneyKeys(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddJourneyKeys(ItemId, CartItemCount, SyntheticType, ReleaseTrack);
        builder.Services.AddSecretPathSegment("carts", cartId => CartIdHash.FromString(cartId).ToString());
    }
}

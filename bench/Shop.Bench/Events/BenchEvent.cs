using Shop.Telemetry.Events;

namespace Shop.Bench.Events;

/// <summary>An event with the fields of <c>cart.line_changed</c>.</summary>
[Event("bench.line_changed")]
public sealed record BenchEvent(string CartId, string ItemSku, int Quantity) : JourneyEvent
{
    /// <summary>The fields as they are exported.</summary>
    public static IReadOnlyList<KeyValuePair<string, object?>> Fields { get; } =
    [
        new("shop.cart.id", "0f8fad5bd9cb469fa16570867728950e"),
        new("shop.item.sku", "BAG-0101"),
        new("shop.item.quantity", 3),
        new("shop.page.path", "/api/v1/carts/:cartId/lines/:sku"),
    ];

    /// <inheritdoc/>
    protected internal override string GetFieldName(string propertyName) => propertyName switch
    {
        nameof(CartId) => "shop.cart.id",
        nameof(ItemSku) => "shop.item.sku",
        _ => "shop.item.quantity",
    };
}

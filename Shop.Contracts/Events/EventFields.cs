using System.Collections.Frozen;

namespace Shop.Contracts.Events;

/// <summary>
/// The fields of journey events: each property name of an event record maps to one attribute name. No field identifies a person.
/// </summary>
public static class EventFields
{
    private static readonly FrozenDictionary<string, EventField> _byProperty = new Dictionary<string, EventField>
    {
        ["Amount"] = new("shop.amount", "Amount in minor units of the currency: 1299 EUR is 12.99 euros."),
        ["Available"] = new("shop.item.available", "Units of the product that were available for purchase."),
        ["CartId"] = new("shop.cart.id", "Cart identifier."),
        ["Currency"] = new("shop.currency", "ISO 4217 currency code."),
        ["ItemSku"] = new("shop.item.sku", "SKU of the product."),
        ["LineCount"] = new("shop.line_count", "Number of lines, one for each SKU."),
        ["OrderId"] = new("shop.order.id", "Order identifier, from checkout on."),
        ["Quantity"] = new("shop.item.quantity", "Units of the product."),
        ["Reason"] = new("shop.reason", "Machine-readable reason code."),
        ["Skus"] = new("shop.item.skus", "SKUs of several products, separated by commas."),
        ["TotalQuantity"] = new("shop.total_quantity", "Units of all lines in total."),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Returns the field of an event property.</summary>
    /// <param name="property">Property name of an event record.</param>
    /// <exception cref="InvalidOperationException">No field is defined for the property.</exception>
    public static EventField Of(string property) => _byProperty.TryGetValue(property, out var field)
        ? field
        : throw new InvalidOperationException($"{nameof(EventFields)} defines no field for property '{property}'.");
}

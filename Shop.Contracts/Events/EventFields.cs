using System.Collections.Frozen;

namespace Shop.Contracts.Events;

/// <summary>The vocabulary of events: what a property of an event is called wherever it goes. Nothing in here says who somebody is.</summary>
public static class EventFields
{
    private static readonly FrozenDictionary<string, EventField> _byProperty = new Dictionary<string, EventField>
    {
        ["Amount"] = new("shop.amount", "In minor units of the currency: 1299 EUR is 12.99 euro."),
        ["Available"] = new("shop.item.available", "Pieces that could be bought at that moment."),
        ["CartId"] = new("shop.cart.id", "The cart."),
        ["Currency"] = new("shop.currency", "ISO 4217."),
        ["ItemSku"] = new("shop.item.sku", "The product's number."),
        ["Lines"] = new("shop.lines", "Different products."),
        ["OrderId"] = new("shop.order.id", "The order; known from checkout on."),
        ["Pieces"] = new("shop.pieces", "Pieces in all lines together."),
        ["Quantity"] = new("shop.item.quantity", "Pieces of this product."),
        ["Reason"] = new("shop.reason", "Why, in a word that programs may compare."),
        ["Skus"] = new("shop.item.skus", "The numbers of several products, with commas between them."),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static EventField Of(string property) => _byProperty.TryGetValue(property, out var field)
        ? field
        : throw new InvalidOperationException($"{nameof(EventFields)} has no name for {property}.");
}

/// <param name="Name">As an attribute of log records and span events.</param>
/// <param name="Meaning">One sentence.</param>
public sealed record EventField(string Name, string Meaning);

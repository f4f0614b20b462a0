namespace Shop.Catalog.Stock;

/// <summary>
/// The stock of a product. It is a table of its own, because it changes with every order, whereas the product rarely changes.
/// </summary>
internal sealed class StockItem
{
    public const int MaxQuantity = 1_000_000_000;

    public required string Sku { get; init; }

    /// <summary>Units on hand, reserved units included.</summary>
    public required int OnHand { get; init; }

    /// <summary>Units reserved for orders. A check constraint keeps them between 0 and <see cref="OnHand"/>.</summary>
    public int Reserved { get; init; }
}

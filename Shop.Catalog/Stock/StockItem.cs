namespace Shop.Catalog.Stock;

/// <summary>How much of a product there is. Apart from the product, since it changes with every order and the product hardly ever.</summary>
internal sealed class StockItem
{
    public const int MostPieces = 1_000_000_000;

    public required string Sku { get; init; }

    /// <summary>Pieces on the shelf.</summary>
    public required int OnHand { get; init; }

    /// <summary>Those of them that are promised to an order. The database refuses more than there are, or less than none.</summary>
    public int Reserved { get; init; }
}

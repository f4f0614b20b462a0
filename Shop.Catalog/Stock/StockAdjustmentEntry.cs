namespace Shop.Catalog.Stock;

/// <summary>One adjustment of the stock of a product, as it is stored.</summary>
internal sealed class StockAdjustmentEntry
{
    public const int MaxReasonLength = 200;

    public required string Sku { get; init; }

    /// <summary>Idempotency key of the request. It is unique for each product.</summary>
    public required string Key { get; init; }

    /// <summary>Units added; negative if units were removed.</summary>
    public required int Delta { get; init; }

    public required string Reason { get; init; }

    /// <summary>Units on hand after the adjustment.</summary>
    public required int OnHand { get; init; }

    public required DateTimeOffset At { get; init; }
}

namespace Shop.Catalog.Stock;

/// <summary>What an order holds of the stock. One for each order, and it stays: its state makes asking twice harmless.</summary>
internal sealed class Reservation
{
    public required Guid OrderId { get; init; }
    public required ReservationState State { get; set; }
    public required DateTimeOffset ChangedAt { get; set; }
    public List<ReservationLine> Lines { get; } = [];
}

internal sealed class ReservationLine
{
    public required Guid OrderId { get; init; }
    public required string Sku { get; init; }
    public required int Quantity { get; init; }
}

internal enum ReservationState
{
    Held,
    Released,
}

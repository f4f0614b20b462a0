namespace Shop.Catalog.Stock;

/// <summary>What an order holds of the stock. One for each order, and it stays: its state makes asking twice harmless.</summary>
internal sealed class Reservation
{
    public required Guid OrderId { get; init; }
    public required ReservationState State { get; init; }
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>Until when the pieces are held; only while they are.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>On whose journey it was asked for, and in which trace: a <see cref="Telemetry.Journeys.JourneySnapshot"/>.</summary>
    public string? Journey { get; init; }

    public List<ReservationLine> Lines { get; } = [];
}

internal sealed class ReservationLine
{
    public required Guid OrderId { get; init; }
    public required string Sku { get; init; }
    public required int Quantity { get; init; }
}

/// <summary>
/// <code>
/// Held ──► Committed            the pieces have left the shelf
///  │ ▲         ▲
///  ▼ └─────────┤  taken again, if they are still there
/// Expired ─────┘
///  │
///  └──► Released ◄── Held       nothing leads out of here, or out of Committed
/// </code>
/// </summary>
internal enum ReservationState
{
    Held,
    Expired,
    Committed,
    Released,
}

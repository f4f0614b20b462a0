namespace Shop.Catalog.Stock;

/// <summary>
/// The stock reservation of an order. It is never deleted once stock was reserved or released, because its state makes requests idempotent.
/// </summary>
internal sealed class Reservation
{
    public required Guid OrderId { get; init; }
    public required ReservationState State { get; init; }

    /// <summary>Time of the last change of the state.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>
    /// Time of expiry for <see cref="ReservationState.Reserved"/>, or of the next attempt after a failed one; null for every other state.
    /// </summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Number of failed attempts to release the stock after the expiry.</summary>
    public int FailedExpirations { get; init; }

    /// <summary>
    /// Journey and trace of the request, a <see cref="Telemetry.Journeys.JourneySnapshot"/>. The trace of the expiry links to it.
    /// </summary>
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
/// The states of a reservation. Committed and Released are final.
/// <code>
/// Reserved ──► Committed
///  │    ▲         ▲
///  ▼    └─────────┤  reserved again, if the units are still available
/// Expired ────────┘
///  │
///  └──► Released ◄── Reserved
/// </code>
/// </summary>
internal enum ReservationState
{
    Reserved,
    Expired,
    Committed,
    Released,
}

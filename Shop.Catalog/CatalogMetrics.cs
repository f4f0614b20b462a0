using System.Diagnostics.Metrics;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;

namespace Shop.Catalog;

/// <summary>Counts the journey events of the catalog, and the failures of its workers.</summary>
internal sealed class CatalogMetrics : IJourneyEventListener
{
    private readonly Counter<long> _views;
    private readonly Counter<long> _reservations;
    private readonly Counter<long> _reservedUnits;
    private readonly Counter<long> _expirationFailures;

    public CatalogMetrics(IMeterFactory meterFactory, IHostEnvironment host)
    {
        var meter = meterFactory.Create(host.ApplicationName);
        _views = meter.CreateCounter<long>("shop.product.views", "{view}", "Number of product views.");
        _reservations = meter.CreateCounter<long>("shop.stock.reservations", "{reservation}", "Number of stock reservations by outcome.");
        _reservedUnits = meter.CreateCounter<long>("shop.stock.units_reserved", "{unit}", "Number of units reserved.");
        _expirationFailures = meter.CreateCounter<long>(
            "shop.stock.expiration_failures", "{failure}", "Number of failed attempts to release an expired reservation.");
    }

    public void OnEvent(JourneyEvent journeyEvent)
    {
        switch (journeyEvent)
        {
            case CatalogEvents.ProductViewed:
                _views.Add(1);
                break;
            case CatalogEvents.StockReserved stock:
                CountReservation("reserved");
                _reservedUnits.Add(stock.TotalQuantity);
                break;
            case CatalogEvents.StockRejected:
                CountReservation("rejected");
                break;
            case CatalogEvents.StockCommitted:
                CountReservation("committed");
                break;
            case CatalogEvents.StockExpired:
                CountReservation("expired");
                break;
            case CatalogEvents.StockLost:
                CountReservation("lost");
                break;
            case CatalogEvents.StockReleased:
                CountReservation("released");
                break;
        }
    }

    /// <summary>Counts a failed attempt to release an expired reservation.</summary>
    public void CountExpirationFailure() => _expirationFailures.Add(1);

    private void CountReservation(string outcome) => _reservations.Add(1, new KeyValuePair<string, object?>("shop.stock.outcome", outcome));
}

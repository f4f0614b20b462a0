using System.Diagnostics.Metrics;
using Shop.Contracts.Events;
using Shop.Telemetry.Events;

namespace Shop.Catalog;

/// <summary>What the catalog counts: exactly what it tells.</summary>
internal sealed class CatalogMetrics : IJourneyEventListener
{
    private readonly Counter<long> _views;
    private readonly Counter<long> _reservations;
    private readonly Counter<long> _pieces;

    public CatalogMetrics(IMeterFactory meters, IHostEnvironment host)
    {
        var meter = meters.Create(host.ApplicationName);
        _views = meter.CreateCounter<long>("shop.product.views", "{view}", "Looks at single products.");
        _reservations = meter.CreateCounter<long>("shop.stock.reservations", "{order}", "Orders whose stock was reserved, refused, committed, released, or let go or lost by the time.");
        _pieces = meter.CreateCounter<long>("shop.stock.reserved", "{piece}", "Pieces taken out of the available stock.");
    }

    public void OnEvent(JourneyEvent journeyEvent)
    {
        switch (journeyEvent)
        {
            case CatalogEvents.ProductViewed:
                _views.Add(1);
                break;
            case CatalogEvents.StockReserved stock:
                Reservation("reserved");
                _pieces.Add(stock.TotalQuantity);
                break;
            case CatalogEvents.StockRejected:
                Reservation("refused");
                break;
            case CatalogEvents.StockCommitted:
                Reservation("committed");
                break;
            case CatalogEvents.StockExpired:
                Reservation("expired");
                break;
            case CatalogEvents.StockLost:
                Reservation("lost");
                break;
            case CatalogEvents.StockReleased:
                Reservation("released");
                break;
        }
    }

    private void Reservation(string outcome) => _reservations.Add(1, new KeyValuePair<string, object?>("shop.stock.outcome", outcome));
}

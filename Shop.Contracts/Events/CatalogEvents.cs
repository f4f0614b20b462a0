using Shop.Telemetry.Events;

namespace Shop.Contracts.Events;

/// <summary>Looking at products, and what happens to their stock.</summary>
public static class CatalogEvents
{
    [Event("product.viewed", "Somebody looked at a product.")]
    public sealed record ProductViewed(string ItemSku, int Available, long Amount, string Currency) : ShopEvent;

    [Event("stock.reserved", "All lines of an order are taken out of the available stock.")]
    public sealed record StockReserved(Guid OrderId, int Lines, int Pieces) : ShopEvent;

    [Event("stock.refused", "Some products of an order are short, so nothing is reserved.")]
    public sealed record StockRefused(Guid OrderId, string Skus) : ShopEvent;

    [Event("stock.committed", "The pieces of an order have left the shelf.")]
    public sealed record StockCommitted(Guid OrderId) : ShopEvent;

    [Event("stock.expired", "An order held its pieces longer than it may, and lets them go.")]
    public sealed record StockExpired(Guid OrderId) : ShopEvent;

    [Event("stock.lost", "A paid order came too late for its pieces: they had expired, and others bought them.")]
    public sealed record StockLost(Guid OrderId, string Skus) : ShopEvent;

    [Event("stock.released", "A rejected order lets go what it held, if it held anything.")]
    public sealed record StockReleased(Guid OrderId, string Reason) : ShopEvent;
}

using Shop.Telemetry.Events;

namespace Shop.Contracts.Events;

/// <summary>Events of products and their stock.</summary>
public static class CatalogEvents
{
    /// <summary>A product was viewed.</summary>
    /// <param name="ItemSku">SKU of the product.</param>
    /// <param name="Available">Units of the product that were available for purchase.</param>
    /// <param name="Amount">Unit price in minor units of the currency.</param>
    /// <param name="Currency">ISO 4217 currency code.</param>
    [Event("product.viewed")]
    public sealed record ProductViewed(string ItemSku, int Available, long Amount, string Currency) : ShopEvent;

    /// <summary>Stock was reserved for all lines of an order.</summary>
    /// <param name="OrderId">Order identifier.</param>
    /// <param name="LineCount">Number of lines, one for each SKU.</param>
    /// <param name="TotalQuantity">Units of all lines in total.</param>
    [Event("stock.reserved")]
    public sealed record StockReserved(Guid OrderId, int LineCount, int TotalQuantity) : ShopEvent;

    /// <summary>A reservation was rejected because products of the order are out of stock. Nothing is reserved.</summary>
    /// <param name="OrderId">Order identifier.</param>
    /// <param name="Skus">SKUs of the products that are out of stock, separated by commas.</param>
    [Event("stock.rejected")]
    public sealed record StockRejected(Guid OrderId, string Skus) : ShopEvent;

    /// <summary>A reservation was committed: its units were deducted from the stock on hand.</summary>
    /// <param name="OrderId">Order identifier.</param>
    [Event("stock.committed")]
    public sealed record StockCommitted(Guid OrderId) : ShopEvent;

    /// <summary>A reservation expired and its units became available again.</summary>
    /// <param name="OrderId">Order identifier.</param>
    [Event("stock.expired", HasVisitor = false)]
    public sealed record StockExpired(Guid OrderId) : ShopEvent;

    /// <summary>A commit failed because the reservation of a paid order had expired and its units were sold to other orders.</summary>
    /// <param name="OrderId">Order identifier.</param>
    /// <param name="Skus">SKUs of the products that are out of stock, separated by commas.</param>
    [Event("stock.lost")]
    public sealed record StockLost(Guid OrderId, string Skus) : ShopEvent;

    /// <summary>An order that will not be fulfilled was released: its reserved units, if any, became available again.</summary>
    /// <param name="OrderId">Order identifier.</param>
    /// <param name="Reason">Machine-readable reason code.</param>
    [Event("stock.released")]
    public sealed record StockReleased(Guid OrderId, string Reason) : ShopEvent;
}

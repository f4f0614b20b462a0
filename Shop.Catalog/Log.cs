using Shop.Catalog.Stock;

namespace Shop.Catalog;

/// <summary>What the catalog has to say besides its journey events.</summary>
internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Stock for order {OrderId} was asked for again; it is {State}", EventName = "stock.asked_again")]
    public static partial void StockAskedAgain(this ILogger log, Guid orderId, ReservationState? state);

    [LoggerMessage(LogLevel.Information, "Stock for order {OrderId} had expired and was still there; it is taken again", EventName = "stock.taken_again")]
    public static partial void StockTakenAgain(this ILogger log, Guid orderId);

    [LoggerMessage(LogLevel.Warning, "Expired reservations could not be given back; trying again", EventName = "stock.sweep_failed")]
    public static partial void SweepFailed(this ILogger log, Exception exception);

    [LoggerMessage(LogLevel.Information, "Stock of {Sku} is adjusted by {Delta} to {OnHand}: {Reason}", EventName = "stock.adjusted")]
    public static partial void StockAdjusted(this ILogger log, string sku, int delta, int onHand, string reason);

    [LoggerMessage(LogLevel.Information, "Product {Sku} is added with {OnHand} pieces", EventName = "product.created")]
    public static partial void ProductCreated(this ILogger log, string sku, int onHand);

    [LoggerMessage(LogLevel.Information, "Product {Sku} is updated", EventName = "product.updated")]
    public static partial void ProductUpdated(this ILogger log, string sku);
}

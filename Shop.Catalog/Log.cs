namespace Shop.Catalog;

/// <summary>All that the catalog has to say.</summary>
internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Catalog storage is ready; {Products} products were added", EventName = "catalog.storage_ready")]
    public static partial void StorageReady(this ILogger log, int products);

    [LoggerMessage(LogLevel.Warning, "Catalog storage is not reachable yet; trying again", EventName = "catalog.storage_awaited")]
    public static partial void StorageAwaited(this ILogger log, Exception exception);

    [LoggerMessage(LogLevel.Information, "Stock for order {OrderId} is reserved: {Pieces} pieces in {Lines} lines", EventName = "stock.reserved")]
    public static partial void StockReserved(this ILogger log, Guid orderId, int pieces, int lines);

    [LoggerMessage(LogLevel.Information, "Stock for order {OrderId} was refused: {Skus} are short", EventName = "stock.refused")]
    public static partial void StockRefused(this ILogger log, Guid orderId, IEnumerable<string> skus);

    [LoggerMessage(LogLevel.Information, "Stock for order {OrderId} was asked for again; it is {State}", EventName = "stock.asked_again")]
    public static partial void StockAskedAgain(this ILogger log, Guid orderId, string state);

    [LoggerMessage(LogLevel.Information, "Stock for order {OrderId} is released: {Reason}", EventName = "stock.released")]
    public static partial void StockReleased(this ILogger log, Guid orderId, string reason);
}

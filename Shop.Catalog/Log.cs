namespace Shop.Catalog;

/// <summary>What the catalog has to say besides its journey events.</summary>
internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Catalog storage is ready; {Products} products were added", EventName = "catalog.storage_ready")]
    public static partial void StorageReady(this ILogger log, int products);

    [LoggerMessage(LogLevel.Warning, "Catalog storage is not reachable yet; trying again", EventName = "catalog.storage_awaited")]
    public static partial void StorageAwaited(this ILogger log, Exception exception);

    [LoggerMessage(LogLevel.Information, "Stock for order {OrderId} was asked for again; it is {State}", EventName = "stock.asked_again")]
    public static partial void StockAskedAgain(this ILogger log, Guid orderId, string state);
}

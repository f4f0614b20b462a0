using Shop.Catalog.Stock;

namespace Shop.Catalog;

/// <summary>Log messages of the catalog. Journey events are in <see cref="Contracts.Events.CatalogEvents"/>.</summary>
internal static partial class Log
{
    [LoggerMessage(
        LogLevel.Information,
        "Order {OrderId} requested stock again; its reservation is {State}",
        EventName = "reservation.repeated")]
    public static partial void ReservationRepeated(this ILogger log, Guid orderId, ReservationState? state);

    [LoggerMessage(
        LogLevel.Information,
        "The reservation of order {OrderId} had expired; its stock was still available and is reserved again",
        EventName = "reservation.renewed")]
    public static partial void ReservationRenewed(this ILogger log, Guid orderId);

    [LoggerMessage(
        LogLevel.Warning,
        "Expired reservations could not be released; retrying at the next interval",
        EventName = "reservation.expiration_failed")]
    public static partial void ReservationExpirationFailed(this ILogger log, Exception exception);

    [LoggerMessage(LogLevel.Information, "Stock of {Sku} was adjusted by {Delta} to {OnHand}: {Reason}", EventName = "stock.adjusted")]
    public static partial void StockAdjusted(this ILogger log, string sku, int delta, int onHand, string reason);

    [LoggerMessage(LogLevel.Information, "Product {Sku} was created with {OnHand} units on hand", EventName = "product.created")]
    public static partial void ProductCreated(this ILogger log, string sku, int onHand);

    [LoggerMessage(LogLevel.Information, "Product {Sku} was updated", EventName = "product.updated")]
    public static partial void ProductUpdated(this ILogger log, string sku);
}

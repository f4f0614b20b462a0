using Shop.Catalog.Stock;

namespace Shop.Catalog;

/// <summary>Log messages of the catalog. Journey events are in <see cref="Contracts.Events.CatalogEvents"/>.</summary>
internal static partial class Log
{
    [LoggerMessage(
        LogLevel.Information,
        "Order {OrderId} requested stock again; its reservation is {State}",
        EventName = "reservation.repeated")]
    public static partial void ReservationRepeated(this ILogger log, Guid orderId, ReservationState state);

    [LoggerMessage(
        LogLevel.Information,
        "The reservation of order {OrderId} had expired; its stock was still available and is reserved again",
        EventName = "reservation.renewed")]
    public static partial void ReservationRenewed(this ILogger log, Guid orderId);

    [LoggerMessage(
        LogLevel.Error,
        "The expired reservation of order {OrderId} could not be released (attempt {Attempt}); retrying in {Delay}",
        EventName = "reservation.expiration_failed")]
    public static partial void ReservationExpirationFailed(
        this ILogger log, Guid orderId, int attempt, TimeSpan delay, Exception exception);

    [LoggerMessage(
        LogLevel.Warning,
        "Expired reservations could not be read; retrying at the next interval",
        EventName = "reservation.expiration_interrupted")]
    public static partial void ReservationExpirationInterrupted(this ILogger log, Exception exception);

    [LoggerMessage(
        LogLevel.Information,
        "Stock of {Sku} was adjusted by {Delta} to {OnHand}: {Reason} (repeated request: {Repeated})",
        EventName = "stock.adjusted")]
    public static partial void StockAdjusted(this ILogger log, string sku, int delta, int onHand, string reason, bool repeated);

    [LoggerMessage(
        LogLevel.Information,
        "The catalog was empty; {Count} demo products were added. Catalog:DemoProducts=false omits them",
        EventName = "demo_products.added")]
    public static partial void DemoProductsAdded(this ILogger log, int count);

    [LoggerMessage(
        LogLevel.Information,
        "The catalog is empty; Catalog:DemoProducts=true adds demo products, which this environment has only on request",
        EventName = "demo_products.omitted")]
    public static partial void DemoProductsOmitted(this ILogger log);

    [LoggerMessage(
        LogLevel.Warning, "Search vectors could not be updated; retrying at the next interval", EventName = "search_index.update_failed")]
    public static partial void SearchIndexUpdateFailed(this ILogger log, Exception exception);

    [LoggerMessage(
        LogLevel.Warning,
        "The search vector of product {Sku} could not be updated; retrying at the next interval",
        EventName = "search_index.product_failed")]
    public static partial void SearchVectorUpdateFailed(this ILogger log, string sku, Exception exception);

    [LoggerMessage(
        LogLevel.Information,
        "Product {Sku} was created with {OnHand} units on hand (repeated request: {Repeated})",
        EventName = "product.created")]
    public static partial void ProductCreated(this ILogger log, string sku, int onHand, bool repeated);

    [LoggerMessage(
        LogLevel.Warning,
        "The change of product {Sku} was not published; carts show it after Cart:MaxProductAge",
        EventName = "product.change_not_published")]
    public static partial void ProductChangeNotPublished(this ILogger log, string sku, Exception exception);

    [LoggerMessage(
        LogLevel.Information, "Product {Sku} was updated (repeated request: {Repeated})", EventName = "product.updated")]
    public static partial void ProductUpdated(this ILogger log, string sku, bool repeated);
}

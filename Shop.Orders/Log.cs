using Shop.Orders.Ordering;

namespace Shop.Orders;

/// <summary>All that orders have to say. Ids and amounts; never who bought.</summary>
internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Order storage is ready", EventName = "orders.storage_ready")]
    public static partial void StorageReady(this ILogger log);

    [LoggerMessage(LogLevel.Warning, "Order storage is not reachable yet; trying again", EventName = "orders.storage_awaited")]
    public static partial void StorageAwaited(this ILogger log, Exception exception);

    [LoggerMessage(LogLevel.Information, "Order {OrderId} of cart {CartId} is submitted: {Lines} lines, {Amount} {Currency}", EventName = "order.submitted")]
    public static partial void OrderSubmitted(this ILogger log, Guid orderId, string cartId, int lines, long amount, string currency);

    [LoggerMessage(LogLevel.Information, "Order {OrderId} was delivered again; it goes on from {Status}", EventName = "order.resumed")]
    public static partial void OrderResumed(this ILogger log, Guid orderId, OrderStatus status);

    [LoggerMessage(LogLevel.Information, "Order {OrderId}: stock is reserved", EventName = "order.stock_reserved")]
    public static partial void OrderStockReserved(this ILogger log, Guid orderId);

    [LoggerMessage(LogLevel.Information, "Order {OrderId} is paid", EventName = "order.paid")]
    public static partial void OrderPaid(this ILogger log, Guid orderId);

    [LoggerMessage(LogLevel.Information, "Order {OrderId} is confirmed", EventName = "order.confirmed")]
    public static partial void OrderConfirmed(this ILogger log, Guid orderId);

    [LoggerMessage(LogLevel.Information, "Order {OrderId} is rejected: {Reason}", EventName = "order.rejected")]
    public static partial void OrderRejected(this ILogger log, Guid orderId, string reason);
}

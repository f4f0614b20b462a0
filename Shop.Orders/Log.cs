using Shop.Orders.Ordering;

namespace Shop.Orders;

/// <summary>What orders have to say besides their journey events. Ids and amounts; never who bought.</summary>
internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Order storage is ready", EventName = "orders.storage_ready")]
    public static partial void StorageReady(this ILogger log);

    [LoggerMessage(LogLevel.Warning, "Order storage is not reachable yet; trying again", EventName = "orders.storage_awaited")]
    public static partial void StorageAwaited(this ILogger log, Exception exception);

    [LoggerMessage(LogLevel.Information, "Order {OrderId} was delivered again; it goes on from {Status}", EventName = "order.resumed")]
    public static partial void OrderResumed(this ILogger log, Guid orderId, OrderStatus status);
}

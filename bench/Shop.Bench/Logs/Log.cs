using Microsoft.Extensions.Logging;

namespace Shop.Bench.Logs;

/// <summary>Log messages of a typical request. Each message ends with the id of the record, by which its destination finds it.</summary>
internal static partial class Log
{
    private const string CartLineMessage = "Cart {CartId}: {Sku} is set to {Quantity}, order {OrderId} ({RecordId})";

    [LoggerMessage(LogLevel.Information, CartLineMessage, EventName = "bench.line")]
    public static partial void CartLineChanged(this ILogger logger, string cartId, string sku, int quantity, Guid orderId, long recordId);

    /// <summary>The same message with an event name of its own, by which the OTLP receiver counts the records of critical routes.</summary>
    [LoggerMessage(LogLevel.Information, CartLineMessage, EventName = "bench.critical")]
    public static partial void CriticalCartLineChanged(
        this ILogger logger, string cartId, string sku, int quantity, Guid orderId, long recordId);

    [LoggerMessage(LogLevel.Error, "Cart {CartId} could not be read ({RecordId})", EventName = "bench.error")]
    public static partial void CartReadFailed(this ILogger logger, string cartId, long recordId);
}

using Microsoft.Extensions.Logging;

namespace Shop.Bench.Logs;

/// <summary>What a service says during a request.</summary>
internal static partial class Lines
{
    [LoggerMessage(LogLevel.Information, "Cart {CartId}: {Sku} is set to {Quantity}, order {OrderId} ({Line})", EventName = "bench.line")]
    public static partial void Line(this ILogger log, string cartId, string sku, int quantity, Guid orderId, long line);

    [LoggerMessage(LogLevel.Information, "Cart {CartId}: {Sku} is set to {Quantity}, order {OrderId} ({Line})", EventName = "bench.key")]
    public static partial void KeyLine(this ILogger log, string cartId, string sku, int quantity, Guid orderId, long line);

    [LoggerMessage(LogLevel.Error, "Cart {CartId} could not be read ({Line})", EventName = "bench.error")]
    public static partial void Failed(this ILogger log, string cartId, long line);
}

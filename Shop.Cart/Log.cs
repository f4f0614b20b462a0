using Grpc.Core;

namespace Shop.Cart;

/// <summary>All that carts have to say. Ids and counts; never who buys.</summary>
internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Cart {CartId}: {Sku} is set to {Quantity}", EventName = "cart.line_set")]
    public static partial void LineSet(this ILogger log, string cartId, string sku, int quantity);

    [LoggerMessage(LogLevel.Information, "Cart {CartId}: {Sku} is removed", EventName = "cart.line_removed")]
    public static partial void LineRemoved(this ILogger log, string cartId, string sku);

    [LoggerMessage(LogLevel.Warning, "Catalog did not confirm prices: {Status}", EventName = "cart.prices_unconfirmed")]
    public static partial void PricesUnconfirmed(this ILogger log, StatusCode status, Exception exception);

    [LoggerMessage(LogLevel.Information, "Cart {CartId}: what order {OrderId} bought is taken out", EventName = "cart.emptied")]
    public static partial void CartEmptied(this ILogger log, string cartId, Guid orderId);

    [LoggerMessage(LogLevel.Information, "Cart {CartId} is checked out as order {OrderId}: {Lines} lines, {Amount} {Currency}", EventName = "checkout.submitted")]
    public static partial void CheckoutSubmitted(this ILogger log, string cartId, Guid orderId, int lines, long amount, string currency);

    [LoggerMessage(LogLevel.Information, "Cart {CartId} is not checked out: {Code}", EventName = "checkout.refused")]
    public static partial void CheckoutRefused(this ILogger log, string cartId, string code);
}

using Grpc.Core;

namespace Shop.Cart;

/// <summary>What carts have to say besides their journey events. Ids and counts; never who buys.</summary>
internal static partial class Log
{
    [LoggerMessage(LogLevel.Warning, "Catalog did not confirm prices: {Status}", EventName = "cart.prices_unconfirmed")]
    public static partial void PricesUnconfirmed(this ILogger log, StatusCode status, Exception exception);

    [LoggerMessage(LogLevel.Information, "Cart {From} is merged into {CartId}; {Limits} lines did not fit as they were", EventName = "cart.merged")]
    public static partial void CartsMerged(this ILogger log, string from, string cartId, int limits);
}

using Grpc.Core;

using Shop.Contracts.Events;

namespace Shop.Cart;

/// <summary>Log messages of the cart service. They contain ids and counts, and no personal data.</summary>
internal static partial class Log
{
    [LoggerMessage(
        LogLevel.Warning, "Reading prices from Catalog failed with gRPC status {Status}", EventName = "cart.prices_unconfirmed")]
    public static partial void PricesUnconfirmed(this ILogger log, StatusCode status, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Orders did not respond to a call for a checkout", EventName = "checkout.orders_unavailable")]
    public static partial void OrdersUnavailable(this ILogger log, Exception exception);

    [LoggerMessage(
        LogLevel.Error,
        "Orders does not know order {OrderId}, whose stock was sold: it was ended as confirmed. Was the database of Orders restored?",
        EventName = "checkout.order_lost")]
    public static partial void OrderLost(this ILogger log, Guid orderId);

    [LoggerMessage(
        LogLevel.Information,
        "Merged cart {SourceCartId} into cart {CartId}; {LimitedLineCount} lines exceeded a limit",
        EventName = "cart.merged")]
    public static partial void CartsMerged(
        this ILogger log, CartIdHash sourceCartId, CartIdHash cartId, int limitedLineCount);
}

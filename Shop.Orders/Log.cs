using Shop.Orders.Ordering;
using Shop.Orders.Payment.CallBack;

namespace Shop.Orders;

/// <summary>What orders have to say besides their journey events. Ids and amounts; never who bought.</summary>
internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Order {OrderId} was delivered again; it goes on from {Status}", EventName = "order.resumed")]
    public static partial void OrderResumed(this ILogger log, Guid orderId, OrderStatus status);

    [LoggerMessage(LogLevel.Information, "Order {OrderId} was due, and is now {Status}", EventName = "order.revisited")]
    public static partial void OrderRevisited(this ILogger log, Guid orderId, OrderStatus status);

    [LoggerMessage(LogLevel.Warning, "Order {OrderId} is {Status}, and what follows from that could not be done; it is tried again", EventName = "order.unfinished")]
    public static partial void OrderUnfinished(this ILogger log, Guid orderId, OrderStatus status, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Orders that are due could not be looked for; trying again", EventName = "orders.revisit_failed")]
    public static partial void RevisitFailed(this ILogger log, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Order {OrderId} is {Status}, and its buyer has paid after all; the money goes back", EventName = "payment.too_late")]
    public static partial void PaymentTooLate(this ILogger log, Guid orderId, OrderStatus status);

    [LoggerMessage(LogLevel.Warning, "A payment call-back is refused: {Check}", EventName = "payment.call_back_refused")]
    public static partial void CallBackRefused(this ILogger log, SignatureCheck check);

    [LoggerMessage(LogLevel.Warning, "A payment call-back for order {OrderId} is refused: it was heard before", EventName = "payment.call_back_replayed")]
    public static partial void CallBackReplayed(this ILogger log, Guid orderId);

    [LoggerMessage(LogLevel.Warning, "The simulated bank could not tell the shop about a payment; it tries again", EventName = "payment.call_back_failed")]
    public static partial void CallBackFailed(this ILogger log, Exception exception);

    [LoggerMessage(LogLevel.Information, "The recipients of {Orders} orders are brought from key {OldKey} under key {NewKey}", EventName = "recipients.renewed")]
    public static partial void RecipientsRenewed(this ILogger log, int orders, string oldKey, string newKey);

    [LoggerMessage(LogLevel.Error, "There are recipients that cannot be read: these keys are not configured any more: {MissingKeys}", EventName = "recipients.keys_missing")]
    public static partial void KeysMissing(this ILogger log, IEnumerable<string> missingKeys);

    [LoggerMessage(LogLevel.Warning, "Recipients could not be brought under the newer key; trying again", EventName = "recipients.renewal_failed")]
    public static partial void RenewalFailed(this ILogger log, Exception exception);
}

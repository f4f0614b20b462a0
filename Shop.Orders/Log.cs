using Shop.Orders.Ordering;
using Shop.Orders.Payment.Webhook;

namespace Shop.Orders;

/// <summary>The log messages of this service, except for its journey events. No message contains personal data.</summary>
internal static partial class Log
{
    [LoggerMessage(
        LogLevel.Information,
        "The checkout of order {OrderId} was delivered again; processing continues from status {Status}",
        EventName = "order.resumed")]
    public static partial void OrderResumed(this ILogger log, Guid orderId, OrderStatus status);

    [LoggerMessage(
        LogLevel.Information,
        "Overdue order {OrderId} was completed with status {Status}",
        EventName = "overdue_order.completed")]
    public static partial void OverdueOrderCompleted(this ILogger log, Guid orderId, OrderStatus status);

    [LoggerMessage(
        LogLevel.Information,
        "The refund of order {OrderId} was requested: {Reason} (repeated request: {Repeated})",
        EventName = "refund.requested")]
    public static partial void RefundRequested(this ILogger log, Guid orderId, string reason, bool repeated);

    [LoggerMessage(
        LogLevel.Warning,
        "Completing order {OrderId} with status {Status} failed and will be retried",
        EventName = "order.completion_failed")]
    public static partial void OrderCompletionFailed(this ILogger log, Guid orderId, OrderStatus status, Exception exception);

    [LoggerMessage(
        LogLevel.Warning,
        "Completing overdue order {OrderId} failed in attempt {Attempt} and will be retried in {Delay}",
        EventName = "overdue_order.failed")]
    public static partial void OverdueOrderFailed(this ILogger log, Guid orderId, int attempt, TimeSpan delay, Exception exception);

    [LoggerMessage(
        LogLevel.Warning,
        "The check for overdue orders failed and will be retried",
        EventName = "overdue_orders.check_failed")]
    public static partial void OverdueCheckFailed(this ILogger log, Exception exception);

    [LoggerMessage(
        LogLevel.Warning,
        "The payment of order {OrderId} was accepted although its status is {Status}; the payment will be reversed",
        EventName = "payment.accepted_late")]
    public static partial void PaymentAcceptedLate(this ILogger log, Guid orderId, OrderStatus status);

    [LoggerMessage(
        LogLevel.Information,
        "The payment of overdue order {OrderId} was accepted; the order will be confirmed",
        EventName = "payment.found")]
    public static partial void PaymentFound(this ILogger log, Guid orderId);

    [LoggerMessage(
        LogLevel.Warning,
        "The payment of order {OrderId} was withdrawn when its status was {Status}; the order will be refunded",
        EventName = "payment.withdrawn")]
    public static partial void PaymentWithdrawn(this ILogger log, Guid orderId, OrderStatus status);

    [LoggerMessage(
        LogLevel.Warning,
        "A declined payment of order {OrderId} with status {Status} was ignored: the provider has accepted the payment since",
        EventName = "payment.outdated_decline_ignored")]
    public static partial void OutdatedDeclineIgnored(this ILogger log, Guid orderId, OrderStatus status);

    [LoggerMessage(
        LogLevel.Warning,
        "Catalog has no reservation for paid order {OrderId}; the order will be refunded",
        EventName = "reservation.unknown")]
    public static partial void ReservationUnknown(this ILogger log, Guid orderId);

    [LoggerMessage(
        LogLevel.Warning,
        "{Count} payment webhooks were rejected since the last warning, the latest because of {Verification}",
        EventName = "payment_webhook.rejected")]
    public static partial void WebhooksRejected(this ILogger log, int count, SignatureVerificationResult verification);

    [LoggerMessage(
        LogLevel.Information,
        "A payment webhook for order {OrderId} was ignored: the same request was already processed",
        EventName = "payment_webhook.duplicate_ignored")]
    public static partial void DuplicateWebhookIgnored(this ILogger log, Guid orderId);

    [LoggerMessage(
        LogLevel.Warning,
        "The simulated payment provider failed to deliver the webhook of order {OrderId} in attempt {Attempt} and will retry in {Delay}",
        EventName = "payment_webhook.delivery_failed")]
    public static partial void WebhookDeliveryFailed(this ILogger log, Guid orderId, int attempt, TimeSpan delay, Exception exception);

    [LoggerMessage(
        LogLevel.Warning,
        "The check of the simulated payment provider for webhooks failed and will be retried",
        EventName = "payment_webhooks.check_failed")]
    public static partial void WebhookCheckFailed(this ILogger log, Exception exception);

    [LoggerMessage(
        LogLevel.Information,
        "The recipients of {Orders} orders were re-encrypted from key {OldKey} to key {NewKey}",
        EventName = "recipients.reencrypted")]
    public static partial void RecipientsReencrypted(this ILogger log, int orders, string oldKey, string newKey);

    [LoggerMessage(
        LogLevel.Error,
        "Some recipients cannot be decrypted because their keys are not configured: {MissingKeys}",
        EventName = "recipients.keys_missing")]
    public static partial void RecipientKeysMissing(this ILogger log, IEnumerable<string> missingKeys);

    [LoggerMessage(
        LogLevel.Error,
        "The secret of the key {KeyId} is not the one that encrypted the stored recipients; nothing is encrypted with it. "
        + "Restore the former secret, or configure the new one under a new key id",
        EventName = "recipients.key_replaced")]
    public static partial void RecipientKeyReplaced(this ILogger log, string keyId);

    [LoggerMessage(
        LogLevel.Warning,
        "The keys of recipients could not be compared with the database; the next health check compares them",
        EventName = "recipients.keys_not_compared")]
    public static partial void RecipientKeysNotCompared(this ILogger log, Exception exception);

    [LoggerMessage(
        LogLevel.Error,
        "The recipient of order {OrderId} cannot be decrypted with the key {KeyId}; it was skipped",
        EventName = "recipient.not_reencrypted")]
    public static partial void RecipientNotReencrypted(this ILogger log, Guid orderId, string keyId);

    [LoggerMessage(
        LogLevel.Warning,
        "The recipients of {Orders} orders are still encrypted with the key {KeyId}; do not remove the key",
        EventName = "recipients.remaining")]
    public static partial void RecipientsRemaining(this ILogger log, int orders, string keyId);

    [LoggerMessage(LogLevel.Information, "The recipient of order {OrderId} was erased", EventName = "recipient.erased")]
    public static partial void RecipientErased(this ILogger log, Guid orderId);

    [LoggerMessage(
        LogLevel.Warning,
        "{Messages} checkout messages that were moved to the error queue before {Before} were deleted: the retention period has passed",
        EventName = "recipient_messages.expired")]
    public static partial void RecipientMessagesExpired(this ILogger log, int messages, DateTimeOffset before);

    [LoggerMessage(
        LogLevel.Warning,
        "The recipient of order {OrderId} could not be erased; it will be tried again",
        EventName = "recipient.not_erased")]
    public static partial void RecipientNotErased(this ILogger log, Guid orderId, Exception exception);

    [LoggerMessage(
        LogLevel.Warning,
        "The erasure of expired recipients failed and will be retried",
        EventName = "recipients.expiration_failed")]
    public static partial void RecipientExpirationFailed(this ILogger log, Exception exception);

    [LoggerMessage(
        LogLevel.Warning,
        "The re-encryption of recipients with the current key failed and will be retried",
        EventName = "recipients.reencryption_failed")]
    public static partial void RecipientReencryptionFailed(this ILogger log, Exception exception);
}

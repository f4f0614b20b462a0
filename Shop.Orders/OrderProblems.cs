using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Orders.Ordering;
using Shop.Web.Problems;

namespace Shop.Orders;

/// <summary>Creates the problem details of this service. Each has a machine-readable code.</summary>
internal static class OrderProblems
{
    public static ProblemHttpResult UnknownOrder(Guid orderId) => ProblemResults.Create(
        StatusCodes.Status404NotFound,
        "unknown_order",
        $"Order '{orderId}' does not exist. A new order may appear up to a second after the checkout.");

    public static ProblemHttpResult NotCancellable(OrderStatus status) =>
        InvalidStatus("not_cancellable", $"An order with status '{status}' cannot be cancelled.", status);

    public static ProblemHttpResult NotRefundable(OrderStatus status) =>
        InvalidStatus("not_refundable", $"An order with status '{status}' cannot be refunded.", status);

    public static ProblemHttpResult OrderInProgress() => ProblemResults.Create(
        StatusCodes.Status409Conflict,
        "order_in_progress",
        "The recipient of an order can be erased when the order has ended: when it is confirmed, rejected, cancelled or refunded, and no "
        + "work on it is left. Cancel the order, or try again later.");

    public static ProblemHttpResult InvalidWebhookSignature() => ProblemResults.Create(
        StatusCodes.Status401Unauthorized,
        "invalid_signature",
        "The webhook signature is missing or invalid.");

    public static ProblemHttpResult WebhookTimestampOutOfRange() => ProblemResults.Create(
        StatusCodes.Status401Unauthorized,
        "timestamp_out_of_range",
        "The timestamp of the webhook signature is too old or in the future. Sign the webhook with the current time.");

    public static ProblemHttpResult PaymentNotRequested() => ProblemResults.Create(
        StatusCodes.Status409Conflict,
        "payment_not_requested",
        "The payment of the order was not requested yet. Send the webhook again later.");

    public static ProblemHttpResult WebhookBodyTooLarge() => ProblemResults.Create(
        StatusCodes.Status413PayloadTooLarge,
        "body_too_large",
        "The request body is too large.");

    public static ProblemHttpResult AmountMismatch() => ProblemResults.Create(
        StatusCodes.Status422UnprocessableEntity,
        "amount_mismatch",
        "The amount is not the total of the order.");

    private static ProblemHttpResult InvalidStatus(string code, string title, OrderStatus status) => ProblemResults.Create(
        StatusCodes.Status409Conflict, code, title, KeyValuePair.Create("orderStatus", (object?)status.ToString()));
}

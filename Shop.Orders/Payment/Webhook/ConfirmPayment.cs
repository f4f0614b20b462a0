using Microsoft.EntityFrameworkCore;
using Npgsql;
using Shop.Contracts.Events;
using Shop.Orders.Data;
using Shop.Orders.Ordering;
using Shop.Telemetry.Events;

namespace Shop.Orders.Payment.Webhook;

/// <summary>
/// Processes the outcome of a payment that its customer had to confirm. The webhook and the order are saved together; then the order is
/// completed, by the <see cref="OverdueOrderWorker"/> if this replica does not complete it.
/// </summary>
internal sealed class ConfirmPayment(
    OrdersDbContext db, OrderCompletion completion, TimeProvider time, JourneyEvents events, ILogger<ConfirmPayment> log)
{
    public async Task<ConfirmPaymentResult> ConfirmAsync(
        PaymentWebhookRequest webhook, byte[] signature, CancellationToken cancellationToken) =>
        await db.UpdateOrderAsync<ConfirmPaymentResult>(
            webhook.OrderId,
            async order =>
            {
                if (order.Status is OrderStatus.Submitted)
                {
                    return new ConfirmPaymentResult.PaymentNotRequested();
                }

                if (order.Total != webhook.Amount)
                {
                    return new ConfirmPaymentResult.AmountMismatch();
                }

                var now = time.GetUtcNow();
                var journeyEvents = ApplyOutcome(order, webhook.Outcome == PaymentWebhookRequest.Accepted, now);
                db.Add(new ReceivedWebhook { Signature = signature, OrderId = order.OrderId, ReceivedAt = now });
                try
                {
                    await db.SaveChangesAsync(cancellationToken);
                }
                catch (DbUpdateException exception) when (IsDuplicate(exception))
                {
                    return new ConfirmPaymentResult.Duplicate();
                }

                foreach (var journeyEvent in journeyEvents)
                {
                    events.Emit(journeyEvent);
                }

                await completion.TryCompleteAsync(order, cancellationToken);
                return new ConfirmPaymentResult.Processed(order);
            },
            cancellationToken)
        ?? new ConfirmPaymentResult.UnknownOrder();

    private static bool IsDuplicate(DbUpdateException exception) =>
        exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, TableName: "received_webhooks" };

    private JourneyEvent[] ApplyOutcome(Order order, bool accepted, DateTimeOffset now)
    {
        switch (order.Status)
        {
            case OrderStatus.StockReserved when accepted:
                order.Pay(now);
                order.ScheduleFollowUp(completion.GetLeaseEnd(now));
                return [new OrderEvents.PaymentAccepted(order.OrderId, order.Total.Amount, order.Total.Currency)];

            case OrderStatus.StockReserved:
                order.Reject(StatusReasons.PaymentDeclined, now);
                order.ScheduleFollowUp(completion.GetLeaseEnd(now));
                return
                [
                    new OrderEvents.PaymentDeclined(order.OrderId, order.Total.Amount, order.Total.Currency),
                    new OrderEvents.Rejected(order.OrderId, order.CartId, StatusReasons.PaymentDeclined),
                ];

            // The customer confirmed the payment after the order had ended: the completion reverses the payment.
            case OrderStatus.Rejected or OrderStatus.Cancelled or OrderStatus.Refunded when accepted:
                order.ScheduleFollowUp(completion.GetLeaseEnd(now));
                log.PaymentAcceptedLate(order.OrderId, order.Status);
                return [];

            default:
                return [];
        }
    }
}

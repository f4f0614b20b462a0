using Microsoft.EntityFrameworkCore;
using Npgsql;
using Shop.Orders.Data;
using Shop.Orders.Ordering;

namespace Shop.Orders.Payment.Webhook;

/// <summary>
/// Processes the outcome of a payment that its customer had to confirm. The webhook and the order are saved together; then the order is
/// completed, by the <see cref="OverdueOrderWorker"/> if this replica does not complete it.
/// </summary>
internal sealed class ConfirmPayment(
    OrdersDbContext db, OrderStore store, OrderCompletion completion, IPaymentProvider payment, ILogger<ConfirmPayment> log)
{
    public async Task<ConfirmPaymentResult> ConfirmAsync(
        PaymentWebhookRequest webhook, byte[] signature, CancellationToken cancellationToken) =>
        await store.UpdateAsync<ConfirmPaymentResult>(
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

                // The provider repeats a webhook when it has not received the response.
                if (await db.ReceivedWebhooks.AnyAsync(received => received.Signature == signature, cancellationToken))
                {
                    return new ConfirmPaymentResult.Duplicate(order);
                }

                ApplyOutcome(order, await IsAcceptedAsync(order, webhook, cancellationToken));
                db.Add(new ReceivedWebhook { Signature = signature, OrderId = order.OrderId, ReceivedAt = store.Now });
                try
                {
                    await store.SaveAsync(order, cancellationToken);
                }
                catch (DbUpdateException exception) when (IsDuplicate(exception))
                {
                    db.ChangeTracker.Clear();
                    return new ConfirmPaymentResult.Duplicate((await store.FindAsync(order.OrderId, cancellationToken))!);
                }

                await completion.TryCompleteAsync(order, cancellationToken);
                return new ConfirmPaymentResult.Processed(order);
            },
            cancellationToken)
        ?? new ConfirmPaymentResult.UnknownOrder();

    private static bool IsDuplicate(DbUpdateException exception) =>
        exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, TableName: "received_webhooks" };

    // Webhooks can arrive in any order, and a customer whose first card is declined may pay with another one: the provider knows whether a
    // decline is older than an acceptance.
    private async Task<bool> IsAcceptedAsync(Order order, PaymentWebhookRequest webhook, CancellationToken cancellationToken)
    {
        if (webhook.Outcome == PaymentWebhookRequest.Accepted)
        {
            return true;
        }

        var accepted = order.Status is OrderStatus.StockReserved or OrderStatus.Paid or OrderStatus.Confirmed
            && await payment.GetResultAsync(order.OrderId, cancellationToken) is PaymentResult.Accepted;
        if (accepted)
        {
            log.OutdatedDeclineIgnored(order.OrderId, order.Status);
        }

        return accepted;
    }

    private void ApplyOutcome(Order order, bool accepted)
    {
        switch (order.Status)
        {
            case OrderStatus.StockReserved when accepted:
                order.Pay(store.Now, store.LeaseEnd);
                break;

            case OrderStatus.StockReserved:
                order.Reject(StatusReasons.PaymentDeclined, store.Now, store.LeaseEnd);
                break;

            // An order that lost its payment is refunded, whether its goods have left or not, so that everybody who handles it sees that it
            // is not paid.
            case OrderStatus.Paid or OrderStatus.Confirmed when !accepted:
                log.PaymentWithdrawn(order.OrderId, order.Status);
                order.Refund(StatusReasons.PaymentWithdrawn, store.Now, store.LeaseEnd);
                break;

            // The customer confirmed the payment after the order had ended: the completion reverses the payment.
            case OrderStatus.Rejected or OrderStatus.Cancelled or OrderStatus.Refunded when accepted:
                order.ScheduleFollowUp(store.LeaseEnd);
                log.PaymentAcceptedLate(order.OrderId, order.Status);
                break;
        }
    }
}

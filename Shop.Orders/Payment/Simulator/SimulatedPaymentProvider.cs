using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Contracts;
using Shop.Orders.Data;
using Shop.Orders.Ordering;

namespace Shop.Orders.Payment.Simulator;

/// <summary>A payment provider that moves no money, with configurable latency, faults and declines.</summary>
internal sealed class SimulatedPaymentProvider(
    OrdersDbContext db, IOptions<SimulatorOptions> options, SimulatedWebhookTime nextWebhook, TimeProvider time)
    : IPaymentProvider
{
    public async Task<PaymentResult> ChargeAsync(Guid orderId, Money amount, PaymentCard card, CancellationToken cancellationToken)
    {
        await Task.Delay(options.Value.Latency, time, cancellationToken);
        if (OccursAtRate(options.Value.FaultRate))
        {
            throw new TimeoutException("The payment provider did not respond.");
        }

        var result = TestCards.GetResult(card.CardToken);
        if (result is PaymentResult.Accepted && OccursAtRate(options.Value.DeclineRate))
        {
            result = new PaymentResult.Declined(StatusReasons.PaymentDeclined);
        }

        // The first result of an order counts, so it may be one that is stored already.
        if (!await TryAddAsync(orderId, amount, card.CardToken, result, cancellationToken))
        {
            return (await GetResultAsync(orderId, cancellationToken))!;
        }

        return card.CardToken == TestCards.Timeout
            ? throw new TimeoutException("The response of the payment provider was lost.")
            : result;
    }

    public async Task<PaymentResult?> GetResultAsync(Guid orderId, CancellationToken cancellationToken)
    {
        var payment = await db.SimulatedPayments.AsNoTracking()
            .SingleOrDefaultAsync(payment => payment.OrderId == orderId, cancellationToken);
        return payment?.Outcome switch
        {
            null => null,
            SimulatedPaymentOutcome.Accepted => new PaymentResult.Accepted(),
            SimulatedPaymentOutcome.Pending => new PaymentResult.ActionRequired(),
            _ => new PaymentResult.Declined(payment.Reason ?? StatusReasons.PaymentDeclined),
        };
    }

    public Task ReverseAsync(Guid orderId, Money amount, CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync(
        $"""
         insert into simulated_payments (order_id, amount, currency, outcome, updated_at)
         values ({orderId}, {amount.Amount}, {amount.Currency}, {nameof(SimulatedPaymentOutcome.Reversed)}, {time.GetUtcNow()})
         on conflict (order_id) do update set outcome = excluded.outcome, webhook_due_at = null, updated_at = excluded.updated_at
         where simulated_payments.outcome <> {nameof(SimulatedPaymentOutcome.Reversed)}
         """, cancellationToken);

    private async Task<bool> TryAddAsync(
        Guid orderId, Money amount, string cardToken, PaymentResult result, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var reason = cardToken is TestCards.ActionDeclined
            ? StatusReasons.PaymentDeclined
            : (result as PaymentResult.Declined)?.Reason;
        DateTimeOffset? webhookDueAt = cardToken is TestCards.RequiresAction or TestCards.ActionDeclined
            ? now + options.Value.ActionDelay
            : null;
        var outcome = result switch
        {
            PaymentResult.Accepted => SimulatedPaymentOutcome.Accepted,
            PaymentResult.ActionRequired => SimulatedPaymentOutcome.Pending,
            _ => SimulatedPaymentOutcome.Declined,
        };
        var added = await db.Database.ExecuteSqlAsync(
            $"""
             insert into simulated_payments (order_id, amount, currency, outcome, reason, webhook_due_at, updated_at)
             values ({orderId}, {amount.Amount}, {amount.Currency}, {outcome.ToString()}, {reason}, {webhookDueAt}, {now})
             on conflict (order_id) do nothing
             """, cancellationToken) == 1;
        if (added && webhookDueAt is not null)
        {
            nextWebhook.Set(webhookDueAt.Value);
        }

        return added;
    }

    // NextDouble is less than 1: a rate of 1 always occurs, a rate of 0 never.
    private static bool OccursAtRate(double rate) => Random.Shared.NextDouble() < rate;
}

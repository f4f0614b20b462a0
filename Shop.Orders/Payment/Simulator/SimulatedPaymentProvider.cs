using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Shop.Contracts;
using Shop.Orders.Ordering;
using Shop.Orders.Storage;

namespace Shop.Orders.Payment.Simulator;

/// <summary>Takes no money, and otherwise behaves as a provider does: slow, unsure and unwilling as often as it is told to be.</summary>
internal sealed class SimulatedPaymentProvider(OrdersDb db, IOptions<SimulatorOptions> options, TimeProvider time) : IPaymentProvider
{
    public async Task<PaymentResult> ChargeAsync(Guid orderId, Money amount, PaymentCard card, CancellationToken cancellationToken)
    {
        await Task.Delay(options.Value.Latency, time, cancellationToken);
        if (Happens(options.Value.FaultRate))
            throw new TimeoutException("The payment provider did not answer.");

        var result = TestCards.ResultOf(card.CardToken);
        if (result is PaymentResult.Accepted && Happens(options.Value.DeclineRate))
            result = new PaymentResult.Declined(RejectionReasons.PaymentDeclined);

        var isNew = await RememberAsync(orderId, amount, card.CardToken, result, cancellationToken);
        if (isNew && card.CardToken == TestCards.Timeout)
            throw new TimeoutException("The payment provider's answer got lost.");

        // What was remembered first counts, whatever was thrown just now.
        var payment = await db.SimulatedPayments.AsNoTracking().SingleAsync(payment => payment.OrderId == orderId, cancellationToken);
        return payment.Outcome switch
        {
            PaymentOutcome.Accepted => new PaymentResult.Accepted(),
            PaymentOutcome.Pending => new PaymentResult.Pending(),
            _ => new PaymentResult.Declined(payment.Reason ?? RejectionReasons.PaymentDeclined),
        };
    }

    public Task PayBackAsync(Guid orderId, Money amount, CancellationToken cancellationToken) => db.Database.ExecuteSqlAsync(
        $"""
         insert into simulated_payments (order_id, amount, currency, outcome, at)
         values ({orderId}, {amount.Amount}, {amount.Currency}, {nameof(PaymentOutcome.PaidBack)}, {time.GetUtcNow()})
         on conflict (order_id) do update set outcome = excluded.outcome, call_back_at = null, at = excluded.at
         where simulated_payments.outcome <> {nameof(PaymentOutcome.PaidBack)}
         """, cancellationToken);

    private async Task<bool> RememberAsync(Guid orderId, Money amount, string token, PaymentResult result, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var reason = token is TestCards.ActionRefused ? RejectionReasons.PaymentDeclined : (result as PaymentResult.Declined)?.Reason;
        DateTimeOffset? callBackAt = token is TestCards.RequiresAction or TestCards.ActionRefused ? now + options.Value.ActionDelay : null;
        var outcome = result switch
        {
            PaymentResult.Accepted => PaymentOutcome.Accepted,
            PaymentResult.Pending => PaymentOutcome.Pending,
            _ => PaymentOutcome.Declined,
        };
        return await db.Database.ExecuteSqlAsync(
            $"""
             insert into simulated_payments (order_id, amount, currency, outcome, reason, call_back_at, at)
             values ({orderId}, {amount.Amount}, {amount.Currency}, {outcome.ToString()}, {reason}, {callBackAt}, {now})
             on conflict (order_id) do nothing
             """, cancellationToken) == 1;
    }

    // Of 1 always, of 0 never: NextDouble is below 1.
    private static bool Happens(double rate) => Random.Shared.NextDouble() < rate;
}

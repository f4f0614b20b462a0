using Microsoft.EntityFrameworkCore;
using Npgsql;
using Shop.Contracts.Events;
using Shop.Orders.Ordering;
using Shop.Orders.Storage;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;

namespace Shop.Orders.Payment.CallBack;

/// <summary>
/// Takes in what the provider says about a payment that its buyer had to confirm. That it was heard, and what became of the order, are
/// stored together; what follows from it is done right away, or by <see cref="RevisitingOrders"/> if this process does not get there.
/// </summary>
internal sealed class ConfirmingPayment(OrdersDb db, FinishingOrder finishing, TimeProvider time, JourneyEvents events, ILogger<ConfirmingPayment> log)
{
    // Somebody else changed the order at the same moment; more often than this is no coincidence.
    private const int MostAttempts = 5;

    public async Task<ConfirmAnswer> ConfirmAsync(PaymentCallBack callBack, byte[] signature, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await db.Orders.SingleOrDefaultAsync(order => order.OrderId == callBack.OrderId, cancellationToken) is not { } order)
                return new ConfirmAnswer.UnknownOrder();
            JourneySnapshot.Restore(order.Journey);
            if (order.Status is OrderStatus.Submitted)
                return new ConfirmAnswer.TooEarly();
            if (order.Total != callBack.Amount)
                return new ConfirmAnswer.OtherAmount();

            var happened = Apply(order, callBack.Outcome == PaymentCallBack.Accepted);
            db.Add(new ReceivedCallBack { Signature = signature, OrderId = order.OrderId, At = time.GetUtcNow() });
            try
            {
                await db.SaveChangesAsync(cancellationToken);
            }
            catch (DbUpdateException exception) when (exception.IsConflict() && attempt < MostAttempts)
            {
                db.ChangeTracker.Clear();
                continue;
            }
            catch (DbUpdateException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, TableName: "received_call_backs" })
            {
                return new ConfirmAnswer.Replayed();
            }

            foreach (var told in happened)
                events.Emit(told);
            await finishing.TryFinishAsync(order, cancellationToken);
            return new ConfirmAnswer.Heard(order);
        }
    }

    private JourneyEvent[] Apply(Order order, bool accepted)
    {
        var now = time.GetUtcNow();
        switch (order.Status)
        {
            case OrderStatus.StockReserved when accepted:
                order.Pay(now);
                order.LookAgainAt(finishing.Grace(now));
                return [new OrderEvents.PaymentAccepted(order.OrderId, order.Total.Amount, order.Total.Currency)];

            case OrderStatus.StockReserved:
                order.Reject(RejectionReasons.PaymentDeclined, now);
                order.LookAgainAt(finishing.Grace(now));
                return
                [
                    new OrderEvents.PaymentDeclined(order.OrderId, order.Total.Amount, order.Total.Currency),
                    new OrderEvents.Rejected(order.OrderId, order.CartId, RejectionReasons.PaymentDeclined),
                ];

            // The buyer confirmed after all, when it was too late: the money goes back.
            case OrderStatus.Rejected or OrderStatus.Cancelled or OrderStatus.Refunded when accepted:
                order.LookAgainAt(finishing.Grace(now));
                log.PaymentTooLate(order.OrderId, order.Status);
                return [];

            default:
                return [];
        }
    }
}

internal abstract record ConfirmAnswer
{
    public sealed record Heard(Order Order) : ConfirmAnswer;

    public sealed record UnknownOrder : ConfirmAnswer;

    /// <summary>The order has not asked for money yet. The provider calls again.</summary>
    public sealed record TooEarly : ConfirmAnswer;

    public sealed record OtherAmount : ConfirmAnswer;

    public sealed record Replayed : ConfirmAnswer;
}

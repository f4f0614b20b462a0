using Shop.Catalog.Storage;
using Shop.Contracts.Events;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Telemetry.Events;

namespace Shop.Catalog.Stock;

/// <summary>
/// Makes a reservation final. When it comes too late, it takes the pieces again if they are still there, and says so if they are not:
/// Orders asks before it confirms, so no order is ever confirmed without its stock (docs/consistency.md).
/// </summary>
internal sealed class CommittingStock(CatalogDb db, TimeProvider time, JourneyEvents events, ILogger<CommittingStock> log)
{
    public async Task<CommitAnswer> CommitAsync(Guid orderId, CancellationToken cancellationToken)
    {
        var moved = await db.InTransactionAsync<CommitAnswer>(async cancellation =>
        {
            switch (await db.LockReservationAsync(orderId, cancellation))
            {
                case ReservationState.Committed:
                    return new(CommitAnswer.Committed);

                case ReservationState.Held:
                    break;

                case ReservationState.Expired:
                    var shortages = await db.LockAndCheckAsync(await db.LinesOfAsync(orderId, cancellation), cancellation);
                    if (shortages.Count > 0)
                        return new(CommitAnswer.Lost, new CatalogEvents.StockLost(orderId, shortages.Skus()));
                    await db.HoldAsync(orderId, cancellation);
                    log.StockTakenAgain(orderId);
                    break;

                case ReservationState.Released:
                    return new(CommitAnswer.Released);

                case null:
                    return new(CommitAnswer.Unknown);
            }

            await db.TakeAwayAsync(orderId, cancellation);
            await db.SetStateAsync(orderId, ReservationState.Committed, time.GetUtcNow(), expiresAt: null, cancellation);
            return new(CommitAnswer.Committed, new CatalogEvents.StockCommitted(orderId));
        }, cancellationToken);
        return moved.Told(events);
    }
}

internal enum CommitAnswer
{
    Committed,

    /// <summary>Expired, and bought by others.</summary>
    Lost,

    /// <summary>Given back by the order itself.</summary>
    Released,

    /// <summary>Never asked for.</summary>
    Unknown,
}

/// <summary>A second chance: Orders has committed before it says this, unless somebody took that call out of a fork.</summary>
internal sealed class OrderConfirmedHandler(CommittingStock stock) : IMessageHandler<OrderConfirmed>
{
    public async Task HandleAsync(OrderConfirmed message, MessageContext context, CancellationToken cancellationToken)
    {
        var orderId = message.OrderId;
        var answer = await stock.CommitAsync(orderId, cancellationToken);
        if (answer is not CommitAnswer.Committed)
            throw new InvalidMessageException($"Order {orderId} is confirmed, and its stock is {answer}.");
    }
}

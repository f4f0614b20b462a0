using Microsoft.EntityFrameworkCore;
using Shop.Contracts.Messages;
using Shop.Messaging.ErrorQueues;
using Shop.Orders.Data;
using Shop.Telemetry.Events;

namespace Shop.Orders.Recipients;

/// <summary>The result of <see cref="EraseRecipient"/>.</summary>
internal enum EraseRecipientResult
{
    /// <summary>The recipient is erased, by this request or by an earlier one.</summary>
    Erased,

    /// <summary>There is no such order, and no message of its checkout is in the error queue.</summary>
    UnknownOrder,

    /// <summary>The order has not ended, so its recipient is still needed, and messages may contain it.</summary>
    OrderInProgress,
}

/// <summary>
/// Erases the recipient of an ended order, or of a checkout that never became an order: in the database, and in messages of its checkout
/// that are in the error queue. The erasure is recorded first and repeated for some days, because it may fail half-way, and a copy of a
/// message may be out of reach: taken by a replica that lists the error queue, or waiting for its redelivery.
/// </summary>
internal sealed class EraseRecipient(
    OrdersDbContext db, ErrorQueueCleaner errorQueues, TimeProvider time, AuditLog audit, ILogger<EraseRecipient> log)
{
    // Far longer than a message waits for its redeliveries.
    private static readonly TimeSpan _repetition = TimeSpan.FromDays(7);

    public async Task<EraseRecipientResult> EraseAsync(Guid orderId, CancellationToken cancellationToken)
    {
        var requestedAt = time.GetUtcNow();
        var isKnown = await EraseStoredAsync(orderId, requestedAt, cancellationToken);
        if (!isKnown)
        {
            if (await db.Orders.AnyAsync(order => order.OrderId == orderId, cancellationToken))
            {
                return EraseRecipientResult.OrderInProgress;
            }

            // An earlier request may have failed after it had deleted the message.
            isKnown = !await RecordAsync(orderId, requestedAt, cancellationToken);
        }

        var isErased = true;
        try
        {
            if (await DiscardMessagesAsync([orderId], cancellationToken) == 0 && !isKnown)
            {
                await DeleteRecordAsync(orderId, requestedAt, cancellationToken);
                isErased = false;
            }
        }
        finally
        {
            // Also after a failure, because the worker repeats what is recorded.
            if (isErased)
            {
                audit.RecipientErased(orderId);
            }
        }

        return isErased ? EraseRecipientResult.Erased : EraseRecipientResult.UnknownOrder;
    }

    /// <summary>Repeats the erasures that are recorded.</summary>
    public async Task RepeatAsync(CancellationToken cancellationToken)
    {
        var until = time.GetUtcNow() - _repetition;
        await db.RecipientErasures.Where(erasure => erasure.RequestedAt < until).ExecuteDeleteAsync(cancellationToken);
        if (await db.RecipientErasures.Select(erasure => erasure.OrderId).ToListAsync(cancellationToken) is { Count: > 0 } orderIds)
        {
            await DiscardMessagesAsync(orderIds, cancellationToken);
            // A copy that was handled while the erasure was being recorded may have become an order.
            await db.Database.ExecuteSqlAsync(
                $"""
                 update orders set recipient = null, recipient_key = null, content_hash = null
                 where order_id = any({orderIds}) and due_at is null and recipient is not null
                 """,
                cancellationToken);
        }
    }

    /// <summary>Deletes the checkout messages of orders from the error queue.</summary>
    public Task<int> DiscardMessagesAsync(IReadOnlyList<Guid> orderIds, CancellationToken cancellationToken) =>
        errorQueues.DiscardAsync<CheckoutSubmitted>(orderIds.ToHashSet(), cancellationToken);

    /// <summary>Deletes the checkout messages that were moved to the error queue before a time.</summary>
    public Task<int> DiscardMessagesAsync(DateTimeOffset before, CancellationToken cancellationToken) =>
        errorQueues.DiscardAsync<CheckoutSubmitted>(before, cancellationToken);

    /// <summary>Erases the recipient in the database after the retention period, unless the order is in progress again.</summary>
    public async Task EraseExpiredAsync(Guid orderId, CancellationToken cancellationToken)
    {
        if (await db.Database.ExecuteSqlAsync(
            $"""
             update orders set recipient = null, recipient_key = null, content_hash = null
             where order_id = {orderId} and due_at is null
             """,
            cancellationToken) > 0)
        {
            log.RecipientErased(orderId);
        }
    }

    // The hash is erased as well, because somebody with the idempotency key could test guesses of the recipient with it. Returns false for
    // an order that is unknown or in progress.
    private async Task<bool> EraseStoredAsync(Guid orderId, DateTimeOffset requestedAt, CancellationToken cancellationToken) =>
        await db.Database.ExecuteSqlAsync(
            $"""
             with erased as (
                 update orders set recipient = null, recipient_key = null, content_hash = null
                 where order_id = {orderId} and due_at is null returning order_id)
             insert into recipient_erasures (order_id, requested_at) select order_id, {requestedAt} from erased
             on conflict (order_id) do update set requested_at = excluded.requested_at
             """,
            cancellationToken) > 0;

    // Returns false if the erasure was recorded before. Only a row that an update has written has an xmax.
    private async Task<bool> RecordAsync(Guid orderId, DateTimeOffset requestedAt, CancellationToken cancellationToken) =>
        (await db.Database.SqlQuery<bool>(
            $"""
             insert into recipient_erasures (order_id, requested_at) values ({orderId}, {requestedAt})
             on conflict (order_id) do update set requested_at = excluded.requested_at
             returning xmax = 0 as "Value"
             """).ToListAsync(cancellationToken)).Single();

    // Not the record of a request that came in between.
    private Task<int> DeleteRecordAsync(Guid orderId, DateTimeOffset requestedAt, CancellationToken cancellationToken) =>
        db.RecipientErasures.Where(erasure => erasure.OrderId == orderId && erasure.RequestedAt == requestedAt)
            .ExecuteDeleteAsync(cancellationToken);
}

using Microsoft.EntityFrameworkCore;
using Shop.Contracts.Messages;
using Shop.Messaging.ErrorQueues;
using Shop.Orders.Data;

namespace Shop.Orders.Recipients;

/// <summary>The result of <see cref="EraseRecipient"/>.</summary>
internal enum EraseRecipientResult
{
    /// <summary>The recipient is erased, by this request or by an earlier one.</summary>
    Erased,

    UnknownOrder,

    /// <summary>The order has not ended, so its recipient is still needed, and messages may contain it.</summary>
    OrderInProgress,
}

/// <summary>
/// Erases the recipient of an ended order: in the database, and in messages of its checkout that are in the error queue.
/// </summary>
internal sealed class EraseRecipient(OrdersDbContext db, ErrorQueueCleaner errorQueues, ILogger<EraseRecipient> log)
{
    public async Task<EraseRecipientResult> EraseAsync(Guid orderId, CancellationToken cancellationToken)
    {
        if (await db.Orders.Where(order => order.OrderId == orderId).Select(order => new { order.DueAt })
            .SingleOrDefaultAsync(cancellationToken) is not { } order)
        {
            return EraseRecipientResult.UnknownOrder;
        }

        if (order.DueAt is not null)
        {
            return EraseRecipientResult.OrderInProgress;
        }

        // First, so that the recipient is not reported as erased while messages of the order contain it.
        await DiscardMessagesAsync([orderId], cancellationToken);
        return await EraseStoredAsync(orderId, cancellationToken) ? EraseRecipientResult.Erased : EraseRecipientResult.OrderInProgress;
    }

    /// <summary>Deletes the checkout messages of orders from the error queue.</summary>
    public Task<int> DiscardMessagesAsync(IReadOnlyList<Guid> orderIds, CancellationToken cancellationToken) =>
        errorQueues.DiscardAsync<CheckoutSubmitted>(orderIds.ToHashSet(), cancellationToken);

    /// <summary>Erases the recipient in the database, unless the order is in progress.</summary>
    public async Task<bool> EraseStoredAsync(Guid orderId, CancellationToken cancellationToken)
    {
        if (await db.Database.ExecuteSqlAsync(
            $"update orders set recipient = null, recipient_key = null where order_id = {orderId} and due_at is null",
            cancellationToken) == 0)
        {
            return false;
        }

        log.RecipientErased(orderId);
        return true;
    }
}

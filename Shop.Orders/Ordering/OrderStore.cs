using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.Contracts.Events;
using Shop.Orders.Data;
using Shop.Telemetry.Events;
using Shop.Telemetry.Journeys;

namespace Shop.Orders.Ordering;

/// <summary>
/// Loads and saves orders, and emits the journey events of their changes. The events are derived from <c>order_changes</c>, so a crash
/// between a change and its events loses none.
/// </summary>
internal sealed class OrderStore(OrdersDbContext db, IOptions<OrderingOptions> options, TimeProvider time, JourneyEvents events)
{
    // A conflict means that another request or replica changed the order in the meantime. More conflicts in a row than this point to a
    // defect and are thrown.
    private const int MaxAttempts = 5;

    // Compiled once, because each step of an order that is continued runs it.
    private static readonly Func<OrdersDbContext, Guid, CancellationToken, Task<Order?>> _find = EF.CompileAsyncQuery(
        (OrdersDbContext db, Guid orderId, CancellationToken _) => db.Orders
            .Include(order => order.Changes.Where(change => change.EmittedAt == null))
            .AsSingleQuery()
            .SingleOrDefault(order => order.OrderId == orderId));

    /// <summary>Gets the current time.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Gets the time until which an order that is completed now is left to this replica.</summary>
    public DateTimeOffset LeaseEnd => Now + options.Value.LeaseDuration;

    /// <summary>Gets the time at which an order is ended that is still not processed. It includes the time for the payment.</summary>
    public DateTimeOffset ProcessingEnd =>
        Now + ((TimeSpan[])[options.Value.ProcessingTimeout, options.Value.PaymentConfirmationTimeout]).Max();

    /// <summary>Loads an order, with the changes whose events are not emitted yet.</summary>
    public static Task<Order?> FindAsync(OrdersDbContext db, Guid orderId, CancellationToken cancellationToken) =>
        _find(db, orderId, cancellationToken);

    /// <inheritdoc cref="FindAsync(OrdersDbContext, Guid, CancellationToken)"/>
    public Task<Order?> FindAsync(Guid orderId, CancellationToken cancellationToken) => FindAsync(db, orderId, cancellationToken);

    /// <summary>Stores a new order in one round trip. Its events are emitted when it is saved again.</summary>
    public async Task AddAsync(Order order, CancellationToken cancellationToken)
    {
        db.Add(order);

        // PostgreSQL runs the statements of one command in one transaction, and they only insert: they succeed together or fail together.
        // An update that finds no row would not fail, so SaveAsync has a transaction that it can roll back.
        var automatic = db.Database.AutoTransactionBehavior;
        db.Database.AutoTransactionBehavior = AutoTransactionBehavior.Never;
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        finally
        {
            db.Database.AutoTransactionBehavior = automatic;
        }
    }

    /// <summary>
    /// Saves the order, and emits the events of the changes that were saved before. They are emitted when the database has accepted their
    /// marks, and before it commits them: a save that conflicts with another one emits nothing, and a process that ends in between loses
    /// nothing.
    /// </summary>
    public Task SaveAsync(Order order, CancellationToken cancellationToken) =>
        SaveAsync(order, paymentActionRequired: false, cancellationToken);

    /// <inheritdoc cref="SaveAsync(Order, CancellationToken)"/>
    /// <param name="order">The order.</param>
    /// <param name="paymentActionRequired">Whether the customer must confirm the payment with their bank.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task SaveAsync(Order order, bool paymentActionRequired, CancellationToken cancellationToken)
    {
        var saved = order.Changes
            .Where(change => change.EmittedAt is null && db.Entry(change).State is EntityState.Unchanged)
            .OrderBy(change => change.Status)
            .ToList();
        if (saved.Count == 0)
        {
            await db.SaveChangesAsync(cancellationToken);
            return;
        }

        foreach (var change in saved)
        {
            change.EmittedAt = Now;
        }

        // A save that fails ends the transaction, so a savepoint before it would be of no use.
        db.Database.AutoSavepointsEnabled = false;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.SaveChangesAsync(acceptAllChangesOnSuccess: false, cancellationToken);
        foreach (var journeyEvent in saved.SelectMany(change => GetEvents(order, change, paymentActionRequired)))
        {
            events.Emit(journeyEvent);
        }

        await transaction.CommitAsync(cancellationToken);
        db.ChangeTracker.AcceptAllChanges();
    }

    /// <summary>Gives the order the values with which it was saved last, after a save that failed.</summary>
    public void Revert(Order order)
    {
        foreach (var property in db.Entry(order).Properties.Where(property => property.IsModified))
        {
            property.CurrentValue = property.OriginalValue;
        }
    }

    /// <summary>
    /// Loads an order, continues its journey and runs <paramref name="update"/>, which saves the order. After a conflict the order is
    /// loaded and updated again, so <paramref name="update"/> must decide by the status of the order that it is given.
    /// </summary>
    /// <returns>The result of <paramref name="update"/>; null when the order does not exist.</returns>
    public async Task<TResult?> UpdateAsync<TResult>(
        Guid orderId, Func<Order, Task<TResult>> update, CancellationToken cancellationToken) where TResult : class
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await FindAsync(orderId, cancellationToken) is not { } order)
            {
                return null;
            }

            JourneySnapshot.Restore(order.Journey);
            try
            {
                return await update(order);
            }
            catch (DbUpdateException exception) when (IsConflict(exception) && attempt < MaxAttempts)
            {
                db.ChangeTracker.Clear();
            }
        }
    }

    // Two writers conflict in the row version or in the primary key of order_changes, depending on the row that is written first.
    private static bool IsConflict(DbUpdateException exception) =>
        exception is DbUpdateConcurrencyException
        || exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, TableName: "order_changes" };

    // Catalog emits the events of the stock.
    private static JourneyEvent[] GetEvents(Order order, OrderChange change, bool paymentActionRequired) => change.Status switch
    {
        OrderStatus.Submitted =>
        [
            new OrderEvents.Submitted(
                order.OrderId,
                order.CartId,
                order.Lines.Count,
                order.Lines.Sum(line => line.Quantity),
                order.Total.Amount,
                order.Total.Currency),
        ],
        OrderStatus.StockReserved when paymentActionRequired =>
            [new OrderEvents.PaymentActionRequired(order.OrderId, order.Total.Amount, order.Total.Currency)],
        OrderStatus.Paid when !order.IsFree =>
            [new OrderEvents.PaymentAccepted(order.OrderId, order.Total.Amount, order.Total.Currency)],
        OrderStatus.Confirmed => [new OrderEvents.Confirmed(order.OrderId, order.CartId, order.Total.Amount, order.Total.Currency)],
        OrderStatus.Rejected when StatusReasons.IsPaymentDecline(change.Reason) =>
        [
            new OrderEvents.PaymentDeclined(order.OrderId, order.Total.Amount, order.Total.Currency),
            new OrderEvents.Rejected(order.OrderId, order.CartId, change.Reason!),
        ],
        OrderStatus.Rejected => [new OrderEvents.Rejected(order.OrderId, order.CartId, change.Reason!)],
        OrderStatus.Cancelled => [new OrderEvents.Cancelled(order.OrderId, order.CartId, change.Reason!)],
        OrderStatus.Refunded =>
            [new OrderEvents.Refunded(order.OrderId, order.CartId, order.Total.Amount, order.Total.Currency, change.Reason!)],
        _ => [],
    };
}

using Microsoft.EntityFrameworkCore;
using Npgsql;
using Shop.Orders.Data;
using Shop.Telemetry.Journeys;

namespace Shop.Orders.Ordering;

/// <summary>Optimistic concurrency for changes of one order.</summary>
internal static class OrdersDbContextExtensions
{
    // A conflict means that another request or replica changed the order in the meantime. More conflicts in a row than this point to a
    // defect and are thrown.
    private const int MaxAttempts = 5;

    /// <summary>
    /// Loads an order, continues its journey and runs <paramref name="update"/>, which saves the order. After a conflict the order is
    /// loaded and updated again, so <paramref name="update"/> must decide by the status of the order that it is given.
    /// </summary>
    /// <returns>The result of <paramref name="update"/>; null when the order does not exist.</returns>
    public static async Task<TResult?> UpdateOrderAsync<TResult>(
        this OrdersDbContext db, Guid orderId, Func<Order, Task<TResult>> update, CancellationToken cancellationToken) where TResult : class
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await db.Orders.SingleOrDefaultAsync(order => order.OrderId == orderId, cancellationToken) is not { } order)
            {
                return null;
            }

            JourneySnapshot.Restore(order.Journey);
            try
            {
                return await update(order);
            }
            catch (DbUpdateException exception) when (exception.IsConflict() && attempt < MaxAttempts)
            {
                db.ChangeTracker.Clear();
            }
        }
    }

    // Two writers conflict in the row version or in the primary key of order_changes, depending on the row that is written first.
    private static bool IsConflict(this DbUpdateException exception) =>
        exception is DbUpdateConcurrencyException
        || exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, TableName: "order_changes" };
}

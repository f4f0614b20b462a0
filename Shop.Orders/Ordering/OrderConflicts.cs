using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Shop.Orders.Ordering;

internal static class OrderConflicts
{
    /// <summary>
    /// Somebody else moved the order at the same moment: who looks again sees where to. Depending on which row is written first the
    /// database says that the order is not as it was, or that it has come into that status already.
    /// </summary>
    public static bool IsConflict(this DbUpdateException exception) =>
        exception is DbUpdateConcurrencyException
        || exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, TableName: "order_changes" };
}

using System.Data.Common;
using Npgsql;

namespace Shop.Data;

/// <summary>Tells which errors of a database pass.</summary>
public static class DatabaseErrors
{
    // Npgsql has no constant for it. postgresql.org/docs/current/errcodes-appendix.html
    private const string IdleInTransactionSessionTimeout = "25P03";

    /// <summary>
    /// Whether an error passes by itself: the server is unavailable or read-only, a lock was not available in time, a transaction lost a
    /// conflict, the process was suspended in the middle of it, or a prepared statement is older than a migration. EF Core wraps the
    /// exception of the database provider, up to two times.
    /// </summary>
    /// <param name="exception">The exception.</param>
    public static bool IsTransient(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is TimeoutException or DbException { IsTransient: true }
                or DbException { SqlState: IdleInTransactionSessionTimeout }
                || OutdatedConnectionInterceptor.IsOutdated(cause))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Whether an error is of the server or of the access to it, and not of the values that were sent: the server is unavailable, or it
    /// refuses this service, for example after a change of its password. The same values may be accepted later.
    /// </summary>
    /// <param name="exception">The exception.</param>
    public static bool IsOfServer(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is DbException error)
            {
                // Values are refused by data exceptions, violated constraints, and limits such as that of an index row.
                return IsTransient(error) || error.SqlState is not (['2', '2' or '3', ..] or ['5', '4', ..]);
            }
        }

        return IsTransient(exception);
    }

    /// <summary>Whether a lock was not available in time: another transaction holds it.</summary>
    /// <param name="exception">The exception.</param>
    public static bool IsLockTimeout(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is DbException { SqlState: PostgresErrorCodes.LockNotAvailable })
            {
                return true;
            }
        }

        return false;
    }
}

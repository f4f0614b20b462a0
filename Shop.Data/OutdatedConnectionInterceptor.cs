using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Shop.Data;

/// <summary>Closes the pooled connections when an error says that they are outdated.</summary>
/// <remarks>
/// When a server refuses a write because it is read-only, it has become a standby in a failover, and they would lead to it for as long as
/// it runs. When the result of a prepared statement has another type than before, a newer version of the service has migrated the
/// database since, and each of them would fail once for each statement that it has prepared.
/// </remarks>
internal sealed class OutdatedConnectionInterceptor : DbCommandInterceptor
{
    // The function of PostgreSQL that finds the change. The code of the error is that of every feature that the server does not have, and
    // its text depends on the language of the server.
    private const string PlanCheck = "RevalidateCachedQuery";

    /// <summary>Whether a command failed because of its connection: it may succeed on a new one.</summary>
    public static bool IsOutdated(Exception exception) => exception is PostgresException error
        && (error.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction
            || (error.SqlState == PostgresErrorCodes.FeatureNotSupported && error.Routine == PlanCheck));

    public override void CommandFailed(DbCommand command, CommandErrorEventData eventData)
    {
        if (IsOutdated(eventData.Exception) && command.Connection is NpgsqlConnection connection)
        {
            // This connection is closed when it is returned to the pool.
            NpgsqlConnection.ClearPool(connection);
        }
    }

    public override Task CommandFailedAsync(
        DbCommand command, CommandErrorEventData eventData, CancellationToken cancellationToken = default)
    {
        CommandFailed(command, eventData);
        return Task.CompletedTask;
    }
}

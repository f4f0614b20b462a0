using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Shop.Data;

/// <summary>
/// Closes the pooled connections when a server refuses a write because it is read-only. After a failover they lead to a server that has
/// become a standby, and would do so for as long as it runs.
/// </summary>
internal sealed class ReadOnlyServerInterceptor : DbCommandInterceptor
{
    /// <summary>Whether the server refused a write because it, or the database, is read-only.</summary>
    public static bool IsReadOnly(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    public override void CommandFailed(DbCommand command, CommandErrorEventData eventData)
    {
        if (IsReadOnly(eventData.Exception) && command.Connection is NpgsqlConnection connection)
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

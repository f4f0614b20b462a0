using System.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Shop.Insights.Data;

/// <summary>The database of this service.</summary>
internal static class DatabaseExtensions
{
    /// <summary>Adds the database, with the connections of requests and those of background services.</summary>
    public static void AddDatabase(this IHostApplicationBuilder builder)
    {
        builder.AddPostgres<InsightsDbContext>("insightsdb");
        builder.Services.AddSingleton<BackgroundConnections>();
    }

    /// <summary>Returns the open connection of a context. The context closes it.</summary>
    public static async Task<NpgsqlConnection> OpenAsync(this InsightsDbContext db, CancellationToken cancellationToken)
    {
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        if (connection.State is ConnectionState.Closed)
        {
            await db.Database.OpenConnectionAsync(cancellationToken);
        }

        return connection;
    }

    /// <summary>
    /// Begins a transaction for a query over many events, with 64 MiB of <c>work_mem</c> and without JIT compilation, which takes longer
    /// than it saves.
    /// </summary>
    public static Task<NpgsqlTransaction> BeginQueryAsync(this InsightsDbContext db, CancellationToken cancellationToken) =>
        db.BeginQueryAsync(IsolationLevel.ReadCommitted, cancellationToken);

    /// <summary>Begins a transaction for a question about many events, with an isolation level for several statements.</summary>
    public static async Task<NpgsqlTransaction> BeginQueryAsync(
        this InsightsDbContext db, IsolationLevel isolation, CancellationToken cancellationToken)
    {
        var connection = await db.OpenAsync(cancellationToken);
        return await connection.BeginQueryAsync(isolation, cancellationToken);
    }

    /// <inheritdoc cref="BeginQueryAsync(InsightsDbContext, CancellationToken)" />
    public static Task<NpgsqlTransaction> BeginQueryAsync(this NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.BeginQueryAsync(IsolationLevel.ReadCommitted, cancellationToken);

    private static async Task<NpgsqlTransaction> BeginQueryAsync(
        this NpgsqlConnection connection, IsolationLevel isolation, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(isolation, cancellationToken);
        await using var command = new NpgsqlCommand("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return transaction;
    }
}

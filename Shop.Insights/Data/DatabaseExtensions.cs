using System.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Shop.Insights.Data;

/// <summary>The database of this service.</summary>
internal static class DatabaseExtensions
{
    /// <summary>
    /// Adds the database, with the connections of requests and those of background services, and the retention of its tables.
    /// </summary>
    public static void AddDatabase(this IHostApplicationBuilder builder)
    {
        builder.AddPostgres<InsightsDbContext>("insightsdb");
        builder.Services.AddSingleton<BackgroundConnections>();
        builder.Services.AddHostedService<RetentionWorker>();
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

    /// <summary>Creates a command with the timeout of single rows, which the connection has.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="sql">The statement, with parameters such as <c>@id</c>.</param>
    /// <param name="parameters">The names and values of the parameters.</param>
    public static NpgsqlCommand CreateCommand(
        this NpgsqlConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }

    /// <summary>Creates a command with a timeout of its own, for one that reads or writes many rows.</summary>
    public static NpgsqlCommand CreateCommand(
        this NpgsqlConnection connection, string sql, TimeSpan timeout, params (string Name, object? Value)[] parameters)
    {
        var command = connection.CreateCommand(sql, parameters);
        command.CommandTimeout = (int)timeout.TotalSeconds;
        return command;
    }

    /// <summary>
    /// Begins a transaction for a query over many events, with 64 MiB of <c>work_mem</c> and without JIT compilation, which takes longer
    /// than it saves.
    /// </summary>
    public static Task<NpgsqlTransaction> BeginQueryAsync(this InsightsDbContext db, CancellationToken cancellationToken) =>
        db.BeginQueryAsync(IsolationLevel.ReadCommitted, cancellationToken);

    /// <summary>Begins a transaction for a query over many events, with an isolation level for several statements.</summary>
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

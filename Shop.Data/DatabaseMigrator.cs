using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Shop.Data;

/// <summary>Applies the migrations and puts the first rows in, once, however many replicas start at the same moment.</summary>
internal sealed class DatabaseMigrator<TDb>(IServiceScopeFactory scopes, IHostEnvironment host, ILogger<DatabaseMigrator<TDb>> log) : IHostedService
    where TDb : DbContext
{
    // Any number, the same for all replicas. Such locks are a database's own, so services do not wait for each other.
    private const long Lock = 1510_0001;

    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using var source = new ActivitySource(host.ApplicationName);
        while (true)
        {
            using var activity = source.StartActivity("prepare storage");
            try
            {
                await PrepareAsync(cancellationToken);
                return;
            }
            catch (NpgsqlException exception) when (exception.IsTransient)
            {
                activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
                log.DatabaseUnavailable(exception);
                await Task.Delay(_pause, cancellationToken);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<TDb>().Database;

        // Held by a connection of its own and let go with it, also when this process dies: hence not a pooled one.
        var unpooled = new NpgsqlConnectionStringBuilder(db.GetConnectionString()) { Pooling = false, CommandTimeout = 0 };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var take = new NpgsqlCommand("select pg_advisory_lock($1)", connection) { Parameters = { new() { Value = Lock } } };
        await take.ExecuteNonQueryAsync(cancellationToken);

        // Npgsql finds out whether the table exists by reading from it, so that the first start would log and trace an error
        // (https://github.com/npgsql/efcore.pg/issues/3407).
        await db.GetService<IHistoryRepository>().CreateIfNotExistsAsync(cancellationToken);

        var missing = (await db.GetPendingMigrationsAsync(cancellationToken)).Count();
        await db.MigrateAsync(cancellationToken);
        log.DatabaseReady(connection.Database, missing);
    }
}

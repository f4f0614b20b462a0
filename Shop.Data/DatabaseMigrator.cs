using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Shop.Data;

/// <summary>Applies the migrations and the seed of a database once, however many replicas start at the same time.</summary>
internal sealed class DatabaseMigrator<TContext>(
    IServiceScopeFactory scopes,
    IHostEnvironment host,
    ILogger<DatabaseMigrator<TContext>> log,
    Func<IServiceProvider, CancellationToken, Task>? seed = null) : IHostedService
    where TContext : DbContext
{
    // An arbitrary number that all replicas share. Advisory locks belong to a database, so services do not block each other.
    private const long AdvisoryLock = 1510_0001;

    private static readonly TimeSpan _retryDelay = TimeSpan.FromSeconds(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using var source = new ActivitySource(host.ApplicationName);
        while (true)
        {
            using var activity = source.StartActivity("migrate database");
            try
            {
                await MigrateAsync(cancellationToken);
                return;
            }
            catch (Exception exception) when (DatabaseErrors.IsTransient(exception))
            {
                activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
                log.DatabaseUnavailable(exception);
                await Task.Delay(_retryDelay, cancellationToken);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<TContext>().Database;

        // The lock belongs to this connection and ends with it, also when the process dies: hence it is not a pooled one. Another replica
        // may hold it for as long as it migrates.
        var unpooled = new NpgsqlConnectionStringBuilder(database.GetConnectionString())
        {
            Pooling = false,
            CommandTimeout = 0,
            Options = "-c lock_timeout=0",
        };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("select pg_advisory_lock($1)", connection)
        {
            Parameters = { new() { Value = AdvisoryLock } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);

        // A migration may take long, but not wait long for a lock: all requests to the table would wait behind it. It is then retried.
        database.SetCommandTimeout(0);

        // Npgsql checks whether the table exists by reading from it, so the first start would log and trace an error
        // (https://github.com/npgsql/efcore.pg/issues/3407). This can go when that issue is fixed.
        await database.GetService<IHistoryRepository>().CreateIfNotExistsAsync(cancellationToken);

        var pending = (await database.GetPendingMigrationsAsync(cancellationToken)).ToList();
        var unknown = (await database.GetAppliedMigrationsAsync(cancellationToken)).Except(database.GetMigrations()).ToList();
        // Unknown migrations alone are those of a newer version, beside which an older one must be able to run.
        if (pending.Count > 0 && unknown.Count > 0)
        {
            throw new InvalidOperationException(
                $"Database '{connection.Database}' has migrations of another version: {string.Join(", ", unknown)}. "
                + $"Missing: {string.Join(", ", pending)}. Migrate or delete the database.");
        }

        // Even with nothing to do, it would lock the table of migrations, and wait for a backup that reads it.
        if (pending.Count > 0)
        {
            await database.MigrateAsync(cancellationToken);
        }

        // After the commit: the migrations may hold exclusive locks until then.
        if (seed is not null)
        {
            await seed(scope.ServiceProvider, cancellationToken);
        }

        log.DatabaseReady(connection.Database, pending.Count);
    }
}

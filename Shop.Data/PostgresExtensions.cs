using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.Data;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds a PostgreSQL database to a service.</summary>
public static class PostgresExtensions
{
    // The replicas of all services share the connections of the server (100 by default), and the server rejects further ones. Each
    // connection is a process of the server, so more connections than processor cores add no throughput. A request waits for a free
    // connection of the pool.
    /// <summary>Maximum number of connections of a service, unless its connection string sets another one.</summary>
    public const int MaxPoolSize = 30;

    // A service has few distinct queries. The server parses and plans each of them once per connection.
    private const int MaxAutoPrepare = 100;

    // Time to open a connection, or to get one from the pool, in seconds. A caller gets 503 and retries later.
    private const int ConnectTimeout = 5;

    // Time of one command, in seconds. Commands take milliseconds unless the server does not respond.
    private const int CommandTimeout = 5;

    // Time that a statement waits for a lock, in seconds: less than the callers of a service wait for its response. The lock may be held
    // for much longer, for example by a session of an administrator.
    private const int LockTimeout = 2;

    // Time that a transaction waits for its next statement, in seconds. Then the server ends it: a replica that hangs must not keep rows
    // locked. More than the 10 seconds that Insights waits for an Alertmanager within a transaction.
    private const int IdleInTransactionTimeout = 15;

    // The last value of a key wins, so the connection string can override these. Pooled connections have no session state, so their reset
    // is omitted, which takes a third of the server's time of a simple query.
    private static readonly string _defaults = string.Create(
        CultureInfo.InvariantCulture,
        $"Maximum Pool Size={MaxPoolSize};Max Auto Prepare={MaxAutoPrepare};No Reset On Close=true;Timeout={ConnectTimeout};" +
        $"Command Timeout={CommandTimeout};" +
        $"Options=-c lock_timeout={LockTimeout}s -c idle_in_transaction_session_timeout={IdleInTransactionTimeout}s");

    private static readonly OutdatedConnectionInterceptor _outdatedConnections = new();

    /// <summary>
    /// Adds the service's own database (<c>ConnectionStrings:{connectionName}</c>) with tracing, metrics and a health check, and migrates
    /// it before the service accepts requests and messages.
    /// </summary>
    /// <remarks>
    /// Operations are not retried: while the server is unavailable or read-only, they fail at once, and requests are answered 503. The
    /// caller retries. Only the caller knows whether its operation may be repeated after a commit whose response was lost.
    /// </remarks>
    /// <typeparam name="TContext">The context of the database.</typeparam>
    /// <param name="builder">The service.</param>
    /// <param name="connectionName">The name of the connection string.</param>
    /// <param name="seed">
    /// Completes the data at each start, after the migrations were committed, in one replica at a time. Parts of it may have been done.
    /// </param>
    public static void AddPostgres<TContext>(
        this IHostApplicationBuilder builder, string connectionName, Func<IServiceProvider, CancellationToken, Task>? seed = null)
        where TContext : DbContext
    {
        builder.AddNpgsqlDbContext<TContext>(
            connectionName,
            settings =>
            {
                settings.DisableRetry = true;
                settings.ConnectionString = settings.ConnectionString is { } connectionString ? $"{_defaults};{connectionString}" : null;
            },
            options => options.AddInterceptors(_outdatedConnections));
        builder.Services.MapToServiceUnavailable<Exception>(OutdatedConnectionInterceptor.IsOutdated);
        builder.Services.AddSpanProcessor<NpgsqlSpanProcessor>();
        builder.Services.AddHostedService(services => new DatabaseMigrator<TContext>(
            services.GetRequiredService<IServiceScopeFactory>(),
            builder.Environment,
            services.GetRequiredService<ILogger<DatabaseMigrator<TContext>>>(),
            seed));

        // EF Core logs every exception that it also throws. Conflicts are retried, so whether one is an error is decided where it is
        // caught.
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore.Database.Command", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore.Update", LogLevel.Critical);
    }
}

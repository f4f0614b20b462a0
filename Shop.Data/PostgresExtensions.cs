using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.Data;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds a PostgreSQL database to a service.</summary>
public static class PostgresExtensions
{
    // All replicas of all services share the server's connections (100 by default), and each is a process of the server: more of them than
    // processor cores do not make it faster. A request that finds none free waits; the server rejects one connection too many.
    private const int MaxPoolSize = 30;

    // A service has few distinct queries. The server parses and plans each of them once per connection.
    private const int MaxAutoPrepare = 100;

    /// <summary>
    /// Adds the service's own database (<c>ConnectionStrings:{connectionName}</c>) with tracing, metrics and a health check, and migrates
    /// it before the service accepts requests and messages.
    /// </summary>
    /// <typeparam name="TContext">The context of the database.</typeparam>
    /// <param name="builder">The service.</param>
    /// <param name="connectionName">The name of the connection string.</param>
    /// <param name="configure">Configures the context, for example its seeding.</param>
    public static void AddPostgres<TContext>(
        this IHostApplicationBuilder builder, string connectionName, Action<DbContextOptionsBuilder>? configure = null)
        where TContext : DbContext
    {
        builder.AddNpgsqlDbContext<TContext>(
            connectionName,
            // The last value of a key wins, so the connection string can override these.
            settings => settings.ConnectionString = settings.ConnectionString is { } connectionString
                ? $"Maximum Pool Size={MaxPoolSize};Max Auto Prepare={MaxAutoPrepare};{connectionString}"
                : null,
            configure);
        builder.Services.AddSpanProcessor<NpgsqlSpanProcessor>();
        builder.Services.AddHostedService<DatabaseMigrator<TContext>>();

        // EF Core logs every exception that it also throws. Conflicts are retried, so whether one is an error is decided where it is
        // caught.
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore.Database.Command", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore.Update", LogLevel.Critical);
    }
}

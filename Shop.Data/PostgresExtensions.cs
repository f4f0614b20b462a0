using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.Data;

namespace Microsoft.Extensions.Hosting;

public static class PostgresExtensions
{
    // All replicas of all services share what the server has (100 connections, if nobody says more), and a connection is a process
    // there: more of them than it has cores do not make it faster. Who finds none free waits; the database says no to one too many.
    private const int Connections = 30;

    // A service has few queries and sends them all day: the server parses and plans each once per connection.
    private const int PreparedQueries = 100;

    /// <summary>A service's own Postgres database (<c>ConnectionStrings:{connectionName}</c>), brought up to date before the service takes its first request or message.</summary>
    public static void AddPostgres<TDb>(this IHostApplicationBuilder builder, string connectionName, Action<DbContextOptionsBuilder>? configure = null) where TDb : DbContext
    {
        builder.AddNpgsqlDbContext<TDb>(
            connectionName,
            // What comes later wins: a connection string may say otherwise.
            settings => settings.ConnectionString = settings.ConnectionString is { } given ? $"Maximum Pool Size={Connections};Max Auto Prepare={PreparedQueries};{given}" : null,
            configure);
        builder.Services.AddHostedService<DatabaseMigrator<TDb>>();

        // What fails there is thrown as well, and told where it is known whether it matters: a conflict is no error, it is tried again.
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore.Database.Command", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore.Update", LogLevel.Critical);
    }
}

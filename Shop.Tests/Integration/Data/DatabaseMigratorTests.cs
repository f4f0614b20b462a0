using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Shop.Catalog.Data;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Data;

/// <summary>Migrates an empty database from replicas that start concurrently.</summary>
[Collection(WholeApplication.Name)]
public sealed class DatabaseMigratorTests(ShopApp shop)
{
    private const int Replicas = 8;

    [Fact]
    public async Task Database_is_migrated_and_seeded_once_when_replicas_start_concurrently()
    {
        var name = $"empty_{Guid.NewGuid():n}";
        await new Database(shop, "postgres").RunAsync($"create database \"{name}\" owner catalogdb");
        var connectionString = new NpgsqlConnectionStringBuilder(await shop.ConnectionStringAsync("catalogdb")) { Database = name }
            .ConnectionString;
        var log = new EventLog("database.ready");
        var replicas = Enumerable.Range(0, Replicas).Select(_ => CreateReplica(connectionString, log)).ToList();

        await Task.WhenAll(replicas.Select(replica => replica.StartAsync()));

        Assert.Equal(Replicas, log.Messages.Count);
        Assert.Single(log.Messages, message => !message.Contains(" 0 migrations", StringComparison.Ordinal));
        using (var scope = replicas[0].Services.CreateScope())
        {
            Assert.Equal(24, await scope.ServiceProvider.GetRequiredService<CatalogDbContext>().Products.CountAsync());
        }

        foreach (var replica in replicas)
        {
            replica.Dispose();
        }

        await new Database(shop, "postgres").RunAsync($"drop database \"{name}\" with (force)");
    }

    [Theory]
    [InlineData("Development", null, "demo_products.added")]
    [InlineData("Development", "false", "demo_products.omitted")]
    [InlineData("Staging", null, "demo_products.added")]
    [InlineData("Production", null, "demo_products.omitted")]
    [InlineData("Production", "true", "demo_products.added")]
    public async Task Production_has_demo_products_only_on_request(string environment, string? setting, string eventName)
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");
        var log = new EventLog(eventName);
        using var replica = CreateReplica(
            database.ConnectionString, log, environment, KeyValuePair.Create("Catalog:DemoProducts", setting));

        await replica.StartAsync();

        Assert.Single(log.Messages);
        using var scope = replica.Services.CreateScope();
        Assert.Equal(
            eventName == "demo_products.added" ? 24 : 0,
            await scope.ServiceProvider.GetRequiredService<CatalogDbContext>().Products.CountAsync(product => product.Search != null));
    }

    [Fact]
    public async Task Service_starts_while_a_backup_reads_the_database()
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");
        using (var first = CreateReplica(database.ConnectionString, new EventLog("database.ready")))
        {
            await first.StartAsync();
        }

        await using var backup = await LockMigrationsAsync(database.ConnectionString);
        var log = new EventLog("database.unavailable");
        using var replica = CreateReplica(database.ConnectionString, log);

        await replica.StartAsync();

        Assert.Empty(log.Messages);
    }

    [Fact]
    public async Task Migration_is_retried_until_a_backup_has_ended()
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");
        await using (var db = new CatalogDbContext(
            new DbContextOptionsBuilder<CatalogDbContext>().UseNpgsql(database.ConnectionString).Options))
        {
            await db.GetService<IMigrator>().MigrateAsync("InitialCreate");
        }

        var log = new EventLog("database.unavailable");
        using var replica = CreateReplica(database.ConnectionString, log);
        Task start;
        await using (await LockMigrationsAsync(database.ConnectionString))
        {
            start = replica.StartAsync();
            await Eventually.ReadAsync(() => Task.FromResult(log.Messages.Count > 0 || start.IsCompleted), done => done);
            Assert.False(start.IsCompleted, "The start has ended.");
        }

        await start;
        using var scope = replica.Services.CreateScope();
        Assert.Empty(await scope.ServiceProvider.GetRequiredService<CatalogDbContext>().Database.GetPendingMigrationsAsync());
    }

    [Fact]
    public async Task Connection_pool_size_has_a_default_that_the_connection_string_overrides()
    {
        var connectionString = await shop.ConnectionStringAsync("catalogdb");
        Assert.Equal(30, GetMaxPoolSize(connectionString));
        Assert.Equal(7, GetMaxPoolSize($"{connectionString};Maximum Pool Size=7"));

        // The server accepts the connections of four replicas of the two services with a database, and some for administration.
        var maxConnections = await new Database(shop, "catalogdb")
            .ReadAsync<string>("select setting from pg_settings where name = 'max_connections'");
        Assert.True(int.Parse(maxConnections, CultureInfo.InvariantCulture) > 2 * 4 * 30);
    }

    private static int GetMaxPoolSize(string connectionString)
    {
        using var replica = CreateReplica(connectionString, new EventLog("database.ready"));
        using var scope = replica.Services.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<CatalogDbContext>();
        return new NpgsqlConnectionStringBuilder(db.Database.GetConnectionString()).MaxPoolSize;
    }

    // As pg_dump does, until the connection is disposed.
    private static async Task<NpgsqlConnection> LockMigrationsAsync(string connectionString)
    {
        var connection = new NpgsqlConnection($"{connectionString};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """begin; lock table "__EFMigrationsHistory" in access share mode""", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private static IHost CreateReplica(
        string connectionString, EventLog log, string environment = "Development", params KeyValuePair<string, string?>[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { ApplicationName = "Shop.Catalog", EnvironmentName = environment });
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:catalogdb", connectionString), .. settings]);
        builder.AddCatalogData();
        builder.Logging.AddProvider(log);
        return builder.Build();
    }

    /// <summary>Records the log messages of one event.</summary>
    private sealed class EventLog(string eventName) : ILoggerProvider, ILogger
    {
        private readonly List<string> _messages = [];

        public List<string> Messages => _messages;

        public ILogger CreateLogger(string categoryName) => this;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_messages)
            {
                if (eventId.Name == eventName)
                {
                    _messages.Add(formatter(state, exception));
                }
            }
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public void Dispose()
        {
        }
    }
}

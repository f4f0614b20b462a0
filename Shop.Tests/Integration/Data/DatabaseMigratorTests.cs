using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Shop.Catalog.Storage;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Data;

/// <summary>Replicas that all start at the same moment on a database that has nothing in it.</summary>
[Collection(WholeApplication.Name)]
public sealed class DatabaseMigratorTests(ShopApp shop)
{
    private const int Replicas = 8;

    [Fact]
    public async Task Of_many_replicas_that_start_at_once_one_migrates_and_puts_the_first_products_in()
    {
        var name = $"empty_{Guid.NewGuid():n}";
        await new Database(shop, "catalogdb").RunAsync($"create database \"{name}\"");
        var address = new NpgsqlConnectionStringBuilder(await shop.ConnectionStringAsync("catalogdb")) { Database = name }.ConnectionString;
        var told = new LinesOf("database.ready");
        var replicas = Enumerable.Range(0, Replicas).Select(_ => Replica(address, told)).ToList();

        await Task.WhenAll(replicas.Select(replica => replica.StartAsync()));

        Assert.Equal(Replicas, told.Lines.Count);
        Assert.Single(told.Lines, line => !line.Contains(" 0 migrations", StringComparison.Ordinal));
        using (var scope = replicas[0].Services.CreateScope())
            Assert.Equal(24, await scope.ServiceProvider.GetRequiredService<CatalogDb>().Products.CountAsync());

        foreach (var replica in replicas)
            replica.Dispose();
        await new Database(shop, "catalogdb").RunAsync($"drop database \"{name}\" with (force)");
    }

    [Fact]
    public async Task A_replica_takes_a_share_of_the_servers_connections_unless_it_is_told_otherwise()
    {
        var address = await shop.ConnectionStringAsync("catalogdb");
        Assert.Equal(30, PoolOf(address));
        Assert.Equal(7, PoolOf($"{address};Maximum Pool Size=7"));

        // Four replicas of the two services that have a database, and somebody who looks after it.
        var most = await new Database(shop, "catalogdb").ReadAsync<string>("select setting from pg_settings where name = 'max_connections'");
        Assert.True(int.Parse(most, System.Globalization.CultureInfo.InvariantCulture) > 2 * 4 * 30);
    }

    private static int PoolOf(string address)
    {
        using var replica = Replica(address, new LinesOf("database.ready"));
        using var scope = replica.Services.CreateScope();
        return new NpgsqlConnectionStringBuilder(scope.ServiceProvider.GetRequiredService<CatalogDb>().Database.GetConnectionString()).MaxPoolSize;
    }

    private static IHost Replica(string address, LinesOf told)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { ApplicationName = "Shop.Catalog" });
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:catalogdb", address)]);
        builder.AddPostgres<CatalogDb>("catalogdb", options => options.UseAsyncSeeding(FirstProducts.AddAsync));
        builder.Logging.AddProvider(told);
        return builder.Build();
    }

    /// <summary>Hears the lines of one event.</summary>
    private sealed class LinesOf(string eventName) : ILoggerProvider, ILogger
    {
        private readonly List<string> _lines = [];

        public List<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => this;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
            {
                if (eventId.Name == eventName)
                    _lines.Add(formatter(state, exception));
            }
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public void Dispose()
        {
        }
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Shop.Catalog.Data;
using Shop.Data;

namespace Shop.Tests.Unit.Data;

public class PostgresTests
{
    [Fact]
    public void Operations_are_not_retried_and_have_short_timeouts_that_the_connection_string_overrides()
    {
        using var service = Build("Host=db;Database=catalogdb");
        using var scope = service.Services.CreateScope();
        var database = scope.ServiceProvider.GetRequiredService<CatalogDbContext>().Database;
        var connection = new NpgsqlConnectionStringBuilder(database.GetConnectionString());
        Assert.False(database.CreateExecutionStrategy().RetriesOnFailure);
        Assert.Equal(
            (30, 5, 5, true, "-c lock_timeout=2s -c idle_in_transaction_session_timeout=15s"),
            (connection.MaxPoolSize, connection.Timeout, connection.CommandTimeout, connection.NoResetOnClose, connection.Options));

        using var other = Build("Host=db;Database=catalogdb;Maximum Pool Size=7;Timeout=9;Options=-c lock_timeout=5s");
        using var otherScope = other.Services.CreateScope();
        var overridden = new NpgsqlConnectionStringBuilder(
            otherScope.ServiceProvider.GetRequiredService<CatalogDbContext>().Database.GetConnectionString());
        Assert.Equal((7, 9, "-c lock_timeout=5s"), (overridden.MaxPoolSize, overridden.Timeout, overridden.Options));
    }

    [Fact]
    public void Transactions_leave_a_third_of_the_connections_of_the_pool_to_reads()
    {
        Assert.Equal(20, CatalogDbContext.GetMaxTransactions($"Host=db;Maximum Pool Size={PostgresExtensions.MaxPoolSize}"));
        Assert.Equal(4, CatalogDbContext.GetMaxTransactions("Host=db;Maximum Pool Size=7"));
        Assert.Equal(1, CatalogDbContext.GetMaxTransactions("Host=db;Maximum Pool Size=1"));
    }

    [Fact]
    public void Errors_that_pass_are_recognized_however_they_are_wrapped()
    {
        var lockTimeout = new PostgresException("canceling statement due to lock timeout", "ERROR", "ERROR", "55P03");
        var wrapped = new InvalidOperationException("Transient.", new DbUpdateException("Failed.", lockTimeout));
        Assert.True(DatabaseErrors.IsTransient(wrapped));
        Assert.True(DatabaseErrors.IsLockTimeout(wrapped));
        Assert.True(DatabaseErrors.IsTransient(new InvalidOperationException("Transient.", new NpgsqlException("", new IOException()))));
        Assert.False(DatabaseErrors.IsLockTimeout(new NpgsqlException("", new IOException())));
        Assert.True(DatabaseErrors.IsTransient(new PostgresException("terminating connection", "FATAL", "FATAL", "25P03")));
        Assert.True(DatabaseErrors.IsTransient(new PostgresException(
            "cached plan must not change result type", "ERROR", "ERROR", "0A000", routine: "RevalidateCachedQuery")));
        Assert.False(DatabaseErrors.IsTransient(new PostgresException("not supported", "ERROR", "ERROR", "0A000", routine: "transform")));
        Assert.False(DatabaseErrors.IsTransient(new PostgresException("no such table", "ERROR", "ERROR", "42P01")));
        Assert.False(DatabaseErrors.IsTransient(new InvalidOperationException("A defect.")));
    }

    private static IHost Build(string connectionString)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { ApplicationName = "Shop.Catalog" });
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:catalogdb", connectionString)]);
        builder.AddPostgres<CatalogDbContext>("catalogdb");
        return builder.Build();
    }
}

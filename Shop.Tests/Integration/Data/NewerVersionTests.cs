using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.Catalog.Data;
using Shop.Data;
using Shop.Tests.Integration.Support;
using Shop.Web.Problems;

namespace Shop.Tests.Integration.Data;

/// <summary>A replica that still runs when a newer version migrates its database.</summary>
[Collection(WholeApplication.Name)]
public sealed class NewerVersionTests(ShopApp shop)
{
    // Npgsql prepares a statement at its fifth use in a connection.
    private const int Uses = 10;

    [Fact]
    public async Task One_query_of_a_replica_fails_when_a_newer_version_changes_the_type_of_a_column()
    {
        await using var database = await TemporaryDatabase.CreateAsync(shop, "catalogdb");
        using var replica = CreateReplica(database.ConnectionString);
        await replica.StartAsync();
        await ReadOnTwoConnectionsAsync(replica, Uses);

        await using (var newer = new NpgsqlConnection($"{database.ConnectionString};Pooling=false"))
        {
            await newer.OpenAsync();
            await using var migration = new NpgsqlCommand("alter table products alter column name type varchar(200)", newer);
            await migration.ExecuteNonQueryAsync();
        }

        using (var scope = replica.Services.CreateScope())
        {
            var failure = await Assert.ThrowsAnyAsync<Exception>(() => ReadAsync(GetContext(scope)));
            Assert.True(DatabaseErrors.IsTransient(failure), failure.ToString());
            Assert.True(TransientErrors.IsTransient(failure, replica.Services.GetRequiredService<IOptions<ProblemOptions>>().Value));
        }

        await ReadOnTwoConnectionsAsync(replica, 1);
    }

    private static async Task ReadOnTwoConnectionsAsync(IHost replica, int times)
    {
        using var first = replica.Services.CreateScope();
        using var second = replica.Services.CreateScope();
        await GetContext(first).Database.OpenConnectionAsync();
        await GetContext(second).Database.OpenConnectionAsync();
        for (var i = 0; i < times; i++)
        {
            Assert.NotNull(await ReadAsync(GetContext(first)));
            Assert.NotNull(await ReadAsync(GetContext(second)));
        }
    }

    private static Task<string?> ReadAsync(CatalogDbContext db) =>
        db.Products.OrderBy(product => product.Sku).Select(product => product.Name).FirstOrDefaultAsync();

    private static CatalogDbContext GetContext(IServiceScope scope) => scope.ServiceProvider.GetRequiredService<CatalogDbContext>();

    private static IHost CreateReplica(string connectionString)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { ApplicationName = "Shop.Catalog", EnvironmentName = "Development" });
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:catalogdb", connectionString)]);
        builder.AddCatalogData();
        return builder.Build();
    }
}

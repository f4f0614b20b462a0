using System.Diagnostics;
using System.Net;
using Npgsql;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;
using StackExchange.Redis;

namespace Shop.Tests.Integration;

/// <summary>The scripts of <c>deploy/backup</c>, with the real servers.</summary>
[Collection(OutageApplication.Name)]
[Trait("Category", "Long")]
public sealed class BackupTests(ShopApp shop) : IDisposable
{
    private const string Password = "harbour lights at dawn";

    private static readonly string[] _databases =
    [
        "catalogdb",
        "ordersdb",
        "identitydb",
        //#if (withInsights)
        "insightsdb",
        //#endif
    ];

    private readonly DirectoryInfo _backup = Directory.CreateTempSubdirectory("shop-tests-");

    public void Dispose() => _backup.Delete(recursive: true);

    [LocalInfrastructureFact]
    public async Task Restore_brings_back_orders_stock_members_keys_and_carts()
    {
        var email = $"{Guid.NewGuid():n}@example.org";
        using var member = new Browser(shop);
        await member.RegisterAsync(email, Password);
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 5);
        await member.AddToCartAsync(sku);
        var order = await new Buyer(shop).BuyAsync("tok_ok");
        await order.WaitForStatusAsync("Confirmed");

        var services = InProcessService.Names.Select(name => new ResourceOutage(shop.App, name)).ToList();
        await Task.WhenAll(services.Select(service => service.StopAsync()));
        var before = await ReadAllAsync();
        await RunAsync("backup");
        await DestroyAsync();
        Assert.NotEqual(before, await ReadAllAsync());

        await RunAsync("restore");

        Assert.Equal(before, await ReadAllAsync());
        await Task.WhenAll(services.Select(service => service.EndAsync()));
        Assert.Equal("Confirmed", (await order.ReadAsync()).GetProperty("status").GetString());
        Assert.True(await member.IsSignedInAsync());
        await member.OpenAsync("/cart");
        Assert.Contains(sku, member.Page, StringComparison.Ordinal);
        await member.CheckOutAsync();
        using var returning = new Browser(shop);
        await returning.SignInAsync(email, Password);
        Assert.True(await returning.IsSignedInAsync());
    }

    private async Task<string> ReadAllAsync()
    {
        var parts = new List<string>();
        foreach (var database in _databases)
        {
            parts.Add(await new Database(shop, database).FingerprintAsync());
        }

        await using var redis = await RedisSnapshot.OpenAsync(shop);
        parts.Add(await redis.ReadAsync());
        return string.Join('\n', parts);
    }

    private async Task DestroyAsync()
    {
        foreach (var database in _databases)
        {
            await new Database(shop, database).RunAsync("drop schema public cascade");
        }

        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{await shop.ConnectionStringAsync("redis")},allowAdmin=true");
        await redis.GetServers()[0].FlushAllDatabasesAsync();
    }

    private async Task RunAsync(string script)
    {
        var postgres = new NpgsqlConnectionStringBuilder(await shop.ConnectionStringAsync("postgres"));
        var redis = ConfigurationOptions.Parse(await shop.ConnectionStringAsync("redis"));
        var server = Assert.IsType<DnsEndPoint>(redis.EndPoints[0]);
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "deploy", "backup", script), [_backup.FullName])
        {
            RedirectStandardError = true,
            Environment =
            {
                ["PGHOST"] = postgres.Host,
                ["PGPORT"] = $"{postgres.Port}",
                ["PGUSER"] = postgres.Username,
                ["PGPASSWORD"] = postgres.Password,
                ["REDIS_HOST"] = server.Host,
                ["REDIS_PORT"] = $"{server.Port}",
                ["REDISCLI_AUTH"] = redis.Password,
            },
        };
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, error);
    }
}

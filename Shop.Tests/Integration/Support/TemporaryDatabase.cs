using Npgsql;

namespace Shop.Tests.Integration.Support;

/// <summary>An empty database beside the one of a service.</summary>
internal sealed class TemporaryDatabase : IAsyncDisposable
{
    private readonly Database _server;
    private readonly string _name;

    private TemporaryDatabase(Database server, string name, string connectionString) =>
        (_server, _name, ConnectionString) = (server, name, connectionString);

    public string ConnectionString { get; }

    /// <summary>Creates a database that belongs to the user of a service, as the service's own database does.</summary>
    public static async Task<TemporaryDatabase> CreateAsync(ShopApp shop, string service)
    {
        var (server, name) = (new Database(shop, "postgres"), $"temporary_{Guid.NewGuid():n}");
        await server.RunAsync($"create database \"{name}\" owner {service}");
        var connection = new NpgsqlConnectionStringBuilder(await shop.ConnectionStringAsync(service)) { Database = name };
        return new(server, name, connection.ConnectionString);
    }

    public async ValueTask DisposeAsync() => await _server.RunAsync($"drop database \"{_name}\" with (force)");
}

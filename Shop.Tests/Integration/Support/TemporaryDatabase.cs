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

    /// <summary>Creates a database on the server of another one.</summary>
    public static async Task<TemporaryDatabase> CreateAsync(ShopApp shop, string beside)
    {
        var (server, name) = (new Database(shop, beside), $"temporary_{Guid.NewGuid():n}");
        await server.RunAsync($"create database \"{name}\"");
        var connection = new NpgsqlConnectionStringBuilder(await shop.ConnectionStringAsync(beside)) { Database = name };
        return new(server, name, connection.ConnectionString);
    }

    public async ValueTask DisposeAsync() => await _server.RunAsync($"drop database \"{_name}\" with (force)");
}

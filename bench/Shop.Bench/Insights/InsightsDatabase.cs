using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Funnels;

namespace Shop.Bench.Insights;

/// <summary>
/// A temporary database with the tables of Insights, and the classes of Insights as its Program registers them. Its workers do not run.
/// </summary>
internal sealed class InsightsDatabase : IAsyncDisposable
{
    // Loading and indexing take longer than a command of the service.
    private const string BenchSettings = "Command Timeout=0";

    private readonly string _server;
    private readonly string _name;
    private IHost _host;

    private InsightsDatabase(string server, string name)
    {
        (_server, _name) = (server, name);
        (_host, Connections) = Connect();
    }

    public IServiceProvider Services => _host.Services;

    /// <summary>Connections of the benchmark itself.</summary>
    public NpgsqlDataSource Connections { get; private set; }

    /// <summary>Creates the database and its tables.</summary>
    /// <param name="server">The connection string of the server, as its administrator.</param>
    /// <param name="cancellationToken">Cancels the creation.</param>
    public static async Task<InsightsDatabase> CreateAsync(string server, CancellationToken cancellationToken)
    {
        var name = $"bench_{Guid.NewGuid():N}";
        await RunAsync(server, $"CREATE DATABASE {name}", cancellationToken);
        var database = new InsightsDatabase(server, name);
        await using var scope = database.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<InsightsDbContext>().Database.MigrateAsync(cancellationToken);
        return database;
    }

    /// <summary>Replaces all connections, after a restart of the server.</summary>
    public void Reconnect()
    {
        Disconnect();
        (_host, Connections) = Connect();
    }

    /// <summary>Executes a statement.</summary>
    public async Task RunAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = Connections.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Reads the rows of a query: a text and a number each.</summary>
    public async Task<List<(string Text, long Number)>> ReadAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = Connections.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<(string, long)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add((reader.GetString(0), reader.GetInt64(1)));
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        Disconnect();
        await RunAsync(_server, $"DROP DATABASE {_name} WITH (FORCE)", CancellationToken.None);
    }

    private (IHost Host, NpgsqlDataSource Connections) Connect()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { ApplicationName = "Shop.Insights" });
        builder.Configuration["ConnectionStrings:insightsdb"] = $"{_server};Database={_name}";
        builder.AddDatabase();
        builder.AddEvents();
        builder.AddFunnels();
        builder.Services.AddSingleton(TimeProvider.System);
        return (builder.Build(), NpgsqlDataSource.Create($"{_server};Database={_name};{BenchSettings}"));
    }

    private void Disconnect()
    {
        _host.Dispose();
        Connections.Dispose();
        NpgsqlConnection.ClearAllPools();
    }

    private static async Task RunAsync(string server, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection($"{server};Pooling=false;{BenchSettings}");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Npgsql;
using Shop.Insights.Alerts;
using Shop.Insights.Causes;
using Shop.Insights.Correlations;
using Shop.Insights.CriticalRoutes;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Experiments;
using Shop.Insights.Funnels;
using Shop.Insights.Funnels.Blocks;
using Shop.Insights.Jumps;
using Shop.Insights.Map;
using Shop.Insights.Paths;
using Shop.Insights.Quality;
using Shop.Insights.Reconciliation;
using Shop.Insights.Spans;
using Shop.Insights.Spans.Calls;
using Shop.Telemetry.Events;

namespace Shop.Tests.Integration.Insights;

/// <summary>The tables of Insights in a schema of their own, so that tests store events that no service has emitted.</summary>
internal sealed class InsightsDatabase : IAsyncDisposable
{
    private readonly string _server;
    private readonly string _schema;

    private InsightsDatabase(string server, string schema, ServiceProvider services) =>
        (_server, _schema, Services) = (server, schema, services);

    public ServiceProvider Services { get; }

    /// <summary>The connection string of the schema.</summary>
    public string ConnectionString => $"{_server};Options=-c search_path={_schema}";

    public EventStore Store => Services.GetRequiredService<EventStore>();

    public SpanStore Spans => Services.GetRequiredService<SpanStore>();

    /// <summary>Creates the tables.</summary>
    /// <param name="server">The connection string of the database of Insights.</param>
    public static async Task<InsightsDatabase> CreateAsync(string server)
    {
        var schema = $"test_{Guid.NewGuid():N}";
        await RunAsync(server, $"create schema {schema}");
        var services = new ServiceCollection();
        services.AddDbContext<InsightsDbContext>(options => options.UseNpgsql(
            $"{server};Options=-c search_path={schema}",
            npgsql => npgsql.MigrationsHistoryTable(HistoryRepository.DefaultTableName, schema)));
        services.AddSingleton<BackgroundConnections>();
        services.AddSingleton(TimeProvider.System);
        services.AddOptions<EventOptions>();
        services.AddSingleton<EventPartitions>();
        services.AddSingleton<EventStore>();
        services.AddSingleton<EventFreshness>();
        services.AddOptions<SpanOptions>();
        services.AddSingleton<SpanPartitions>();
        services.AddSingleton<SpanStore>();
        services.AddMetrics();
        services.AddSingleton<IHostEnvironment>(new HostingEnvironment { ApplicationName = "Shop.Test" });
        services.AddSingleton<CallMetrics>();
        services.AddSingleton<CallCounter>();
        services.AddOptions<CauseOptions>();
        services.AddScoped<FunnelReader>();
        services.AddSingleton<SessionBlockStore>();
        services.AddSingleton<SessionBlockCache>();
        services.AddScoped<SessionBlockReader>();
        services.AddScoped<MapReader>();
        services.AddScoped<CauseReader>();
        services.AddOptions<CorrelationOptions>();
        services.AddScoped<CorrelationReader>();
        services.AddScoped<PathReader>();
        services.AddScoped<JumpReader>();
        services.AddScoped<AlertReader>();
        services.AddOptions<ExperimentOptions>();
        services.AddScoped<ExperimentReader>();
        services.AddOptions<QualityOptions>();
        services.AddScoped<QualityReader>();
        services.AddScoped<DayComparisonReader>();
        services.AddLogging();
        services.AddHttpContextAccessor();
        services.AddSingleton<AuditLog>();
        services.AddOptions<CriticalRouteCandidateOptions>();
        services.AddScoped<AcceptedRouteStore>();
        services.AddScoped<CandidateReader>();
        var database = new InsightsDatabase(server, schema, services.BuildServiceProvider());
        await using var scope = database.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<InsightsDbContext>().Database.MigrateAsync();
        return database;
    }

    /// <summary>Reads one value.</summary>
    public async Task<T> ReadAsync<T>(string sql)
    {
        await using var scope = Services.CreateAsyncScope();
        var connection = await scope.ServiceProvider.GetRequiredService<InsightsDbContext>().OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Executes a statement.</summary>
    public Task RunAsync(string sql) => RunAsync($"{_server};Options=-c search_path={_schema}", sql);

    public async ValueTask DisposeAsync()
    {
        await Services.DisposeAsync();
        // Each schema has pools of its own. Their idle connections would take all those of the server after some tests.
        NpgsqlConnection.ClearAllPools();
        await RunAsync(_server, $"drop schema {_schema} cascade");
    }

    private static async Task RunAsync(string server, string sql)
    {
        await using var connection = new NpgsqlConnection($"{server};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

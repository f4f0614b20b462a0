using Microsoft.EntityFrameworkCore;
using Npgsql;
using Shop.Insights.Alerts;

namespace Shop.Insights.Data;

/// <summary>
/// The connections of what runs beside requests, such as the storage of events. They are a pool of their own: a query takes seconds,
/// and as many at once as there are connections would leave none for events, spans and alerts.
/// </summary>
/// <remarks>
/// A request may wait for one of these while it holds one of its own pool, but not the other way round: then neither would ever end.
/// </remarks>
internal sealed class BackgroundConnections(IServiceScopeFactory scopes) : IAsyncDisposable, IDisposable
{
    /// <summary>
    /// The maximum number of connections. The storage of events, that of spans, the count of calls, alerts, missing ids, retention, the
    /// comparison of days and blocks need one at a time, and so does each Alertmanager while a request to it takes its time. Others need
    /// one for a moment: webhooks, and each query, for the age of the newest event.
    /// </summary>
    public const int MaxCount = 10 + AlertmanagerOptions.MaxUrls;

    // After a failover, a pooled connection may lead to a server that has become read-only, and would do so for as long as it is used.
    private const int LifetimeSeconds = 60;

    private readonly Lazy<NpgsqlDataSource> _source = new(() => Create(scopes), LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Opens a connection. The caller disposes it.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) =>
        await _source.Value.OpenConnectionAsync(cancellationToken);

    public ValueTask DisposeAsync() => _source.IsValueCreated ? _source.Value.DisposeAsync() : ValueTask.CompletedTask;

    public void Dispose()
    {
        if (_source.IsValueCreated)
        {
            _source.Value.Dispose();
        }
    }

    // With the settings of the database of the service.
    private static NpgsqlDataSource Create(IServiceScopeFactory scopes)
    {
        using var scope = scopes.CreateScope();
        var database = scope.ServiceProvider.GetRequiredService<InsightsDbContext>().Database;
        return NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(database.GetConnectionString())
            {
                MaxPoolSize = MaxCount,
                ConnectionLifetime = LifetimeSeconds,
            });
    }
}

using OpenTelemetry;
using Shop.Catalog.Data;
using Shop.Telemetry.Hosting;

namespace Shop.Catalog.Products;

/// <summary>
/// Updates the search vectors that are outdated when the service starts, and those of products that replicas of an older version write
/// while they still run.
/// </summary>
internal sealed class SearchIndexWorker(
    IServiceScopeFactory scopes, TimeProvider time, IHostEnvironment host, ILogger<SearchIndexWorker> log)
    : PeriodicWorker(Interval, time, host, runAtStart: true)
{
    /// <summary>Time between two runs.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task RunAsync(CancellationToken cancellationToken)
    {
        using var suppressed = SuppressInstrumentationScope.Begin();
        await using var scope = scopes.CreateAsyncScope();
        await SearchIndexUpdate.RunAsync(scope.ServiceProvider.GetRequiredService<CatalogDbContext>(), log, cancellationToken);
    }

    protected override void OnError(Exception exception) => log.SearchIndexUpdateFailed(exception);
}

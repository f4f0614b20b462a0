using Microsoft.Extensions.DependencyInjection;
using Shop.Insights.Alerts;
using Shop.Insights.Causes;
using Shop.Insights.Correlations;
using Shop.Insights.CriticalRoutes;
using Shop.Insights.Data;
using Shop.Insights.Experiments;
using Shop.Insights.Funnels;
using Shop.Insights.Jumps;
using Shop.Insights.Paths;
using Shop.Insights.Quality;
using Shop.Insights.Queries;
using Shop.Tests.Integration.Support;
using SpanKind = Shop.Insights.Spans.SpanKind;

namespace Shop.Tests.Integration.Insights;

/// <summary>Insights while queries use all connections of requests.</summary>
[Collection(WholeApplication.Name)]
public sealed class ConnectionTests(ShopApp shop) : IAsyncLifetime
{
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    private InsightsDatabase? _database;

    private InsightsDatabase Database => _database!;

    // As many connections as queries.
    public async Task InitializeAsync() => _database = await InsightsDatabase.CreateAsync(
        $"{await shop.ConnectionStringAsync("insightsdb")};Maximum Pool Size=1;Timeout=5");

    public async Task DisposeAsync() => await Database.DisposeAsync();

    [Theory]
    [InlineData("alerts")]
    [InlineData("causes")]
    [InlineData("correlations")]
    [InlineData("critical-routes")]
    [InlineData("experiments")]
    [InlineData("funnel")]
    [InlineData("jumps")]
    [InlineData("paths")]
    [InlineData("quality")]
    public async Task As_many_queries_at_once_as_there_are_connections_are_answered(string query)
    {
        await StoreAsync();
        await using var scope = Database.Services.CreateAsyncScope();
        var services = scope.ServiceProvider;
        var range = new EventScope(
            _now.AddHours(-1), _now.AddHours(1), EventUnit.Session, new Dictionary<EventDimension, string>(), false);
        var step = new FunnelStep("Page", "page.viewed", []);
        var funnel = new FunnelQuery([step, step], TimeSpan.FromMinutes(30), StepOrder.Ordered, range, null);
        var cancellation = CancellationToken.None;

        var asOf = query switch
        {
            "alerts" => (await Get<AlertReader>().ReadAsync(range, cancellation)).AsOf,
            "causes" => (await Get<CauseReader>().ReadAsync(new(funnel, 2), cancellation)).AsOf,
            "correlations" => (await Get<CorrelationReader>().ReadAsync(new(funnel, 2), cancellation)).AsOf,
            "critical-routes" => (await Get<CandidateReader>().ReadAsync(new(range, step), cancellation)).AsOf,
            "experiments" => (await Get<ExperimentReader>().ReadAsync(new(range, step, TimeSpan.FromMinutes(30)), cancellation)).AsOf,
            "funnel" => (await Get<FunnelReader>().ReadAsync(funnel, cancellation)).AsOf,
            "jumps" => (await Get<JumpReader>().ReadAsync(new(range, JumpPairs.Route), cancellation)).AsOf,
            "paths" => (await Get<PathReader>().ReadAsync(new(range, PathNodes.Pages, null, false, 4, 5), cancellation)).AsOf,
            _ => (await Get<QualityReader>().ReadAsync(range, cancellation)).AsOf,
        };

        Assert.NotNull(asOf);

        T Get<T>() where T : notnull => services.GetRequiredService<T>();
    }

    [Fact]
    public async Task Events_and_spans_are_stored_while_queries_hold_all_connections()
    {
        await using var scope = Database.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<InsightsDbContext>();
        await using var query = await db.BeginQueryAsync(CancellationToken.None);

        await StoreAsync();
        Assert.Single(await Database.Spans.StoreAsync([TestSpan.Create(_now, "cart", SpanKind.Server)], CancellationToken.None));
    }

    private async Task StoreAsync() =>
        Assert.Equal(1, (await Database.Store.StoreAsync([TestEvents.Page(_now, "s1", "/")], CancellationToken.None)).Stored);
}

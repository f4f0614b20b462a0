using Microsoft.Extensions.DependencyInjection;
using Shop.Insights.Data;
using Shop.Insights.Events;
using Shop.Insights.Paths;
using Shop.Insights.Queries;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>The paths of visitors, from stored events.</summary>
[Collection(WholeApplication.Name)]
public sealed class PathTests(ShopApp shop) : IAsyncLifetime
{
    private static readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    private static readonly EventScope _range = new(
        _now.AddHours(-1), _now.AddHours(1), EventUnit.Session, new Dictionary<EventDimension, string>(), false);

    private InsightsDatabase? _database;

    private InsightsDatabase Database => _database!;

    public async Task InitializeAsync() => _database = await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));

    public async Task DisposeAsync() => await Database.DisposeAsync();

    [Fact]
    public async Task Paths_lead_forwards_from_a_page_and_backwards_from_another()
    {
        await StoreAsync(CreateVisit("s1", "/", "/products", "/products", "/cart"));
        await StoreAsync(CreateVisit("s2", "/", "/cart", "/checkout"));
        await using var scope = Database.Services.CreateAsyncScope();
        var paths = scope.ServiceProvider.GetRequiredService<PathReader>();

        var forwards = await paths.ReadAsync(new(_range, PathNodes.Pages, "/", false, 4, 5), CancellationToken.None);
        var backwards = await paths.ReadAsync(new(_range, PathNodes.Pages, "/cart", true, 2, 5), CancellationToken.None);

        Assert.Equal(
            [
                new(1, "/", "/cart", 1), new(1, "/", "/products", 1), new(2, "/cart", "/checkout", 1), new(2, "/products", "/cart", 1),
                new(3, "/cart", "no further action", 1), new(3, "/checkout", "no further action", 1),
            ],
            forwards.Links);
        Assert.Equal([new(1, "/cart", "/", 1), new(1, "/cart", "/products", 1)], backwards.Links);
    }

    [Fact]
    public async Task Paths_that_are_too_rare_for_the_picture_are_counted()
    {
        const int Visits = 8;
        await StoreAsync(Enumerable.Range(0, Visits).SelectMany(visit => CreateVisit($"s{visit}", $"/{visit}")));
        await using var scope = Database.Services.CreateAsyncScope();
        var paths = new PathReader(
            scope.ServiceProvider.GetRequiredService<InsightsDbContext>(), scope.ServiceProvider.GetRequiredService<EventFreshness>())
        {
            MaxPaths = 3,
        };

        var result = await paths.ReadAsync(new(_range, PathNodes.Pages, null, false, 2, 5), CancellationToken.None);

        Assert.Equal(3, result.Nodes.Where(node => node.Step == 1).Sum(node => node.Count));
        Assert.Equal(Visits, result.Units);
    }

    private async Task StoreAsync(IEnumerable<StoredEvent> events) => await Database.Store.StoreAsync([.. events], CancellationToken.None);

    private static IEnumerable<StoredEvent> CreateVisit(string session, params string[] pages) =>
        pages.Select((page, index) => TestEvents.Page(_now.AddSeconds(index), session, page));
}

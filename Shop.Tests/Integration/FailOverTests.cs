using System.Net;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;
using Xunit.Abstractions;

namespace Shop.Tests.Integration;

/// <summary>Two replicas of each service, of which one dies, and servers that are away, seen by visitors of the storefront.</summary>
[Collection(ReplicatedApplication.Name)]
[Trait("Category", "Long")]
public sealed class FailOverTests(ReplicatedApp shop, ITestOutputHelper output)
{
    // Of one product, while a zone hangs.
    private const int Views = 20;

    private const string Password = "harbour lights at dawn";

    // What docs/fail-over.md promises. Pages also take their time on a machine whose processors are all in use, with no failure at all: as
    // long as the slowest page before the failure is added.
    private static readonly TimeSpan _maxTimeToRecover = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _maxTimeToRecoverFromServers = TimeSpan.FromSeconds(5);

    // What a zone reads.
    private static readonly string[] _queues = ["orders-checkout-submitted", "cart-order-confirmed", "catalog-order-confirmed"];

    private static readonly TimeSpan _outage = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Zone_that_dies_under_load_is_away_for_two_seconds_and_loses_no_order_and_no_session()
    {
        using var member = await SignInAsync();
        var zone = await FindZoneAsync(["storefront", "identity", "catalog", "cart", "orders"]);
        var over = new TaskCompletionSource();
        var load = new CheckoutLoad(shop, over.Task);
        await using var pages = new Availability(shop.App.GetEndpoint("storefront", "http"), "/products", "/cart");
        await pages.WaitForAnswersAsync(20);
        var warm = pages.Now;
        var running = load.RunAsync();
        TimeSpan killed;
        try
        {
            await load.UnderWay;
            killed = pages.Now;
            zone.ForEach(replica => replica.Service.Signal(replica.Id, "KILL"));
            await pages.WaitForAnswersAsync(100);
        }
        finally
        {
            over.SetResult();
            await running;
        }

        var (recovery, slowest) = (pages.GetTimeToRecover(killed), pages.GetSlowest(warm, killed));
        Report(pages, load, recovery, slowest);
        await load.AssertNothingLostOrDuplicatedAsync();
        Assert.True(await member.IsSignedInAsync());
        Assert.InRange(recovery, TimeSpan.Zero, _maxTimeToRecover + slowest);
        await Task.WhenAll(zone.Select(replica => replica.Service.StartAsync(replica.Id)));
        await Task.WhenAll(zone.Select(replica => replica.Service.WaitForAsync(2)));
    }

    [Fact]
    public async Task Zone_that_hangs_under_load_is_away_for_two_seconds_and_loses_no_order_no_session_and_no_view()
    {
        using var member = await SignInAsync();
        // Not the storefront: whether one of its replicas hangs is for the load balancer in front of it to find out.
        var zone = await FindZoneAsync(["identity", "catalog", "cart", "orders"]);
        await using var broker = await BrokerClient.OpenAsync(shop);
        var events = await JourneyEventConsumer.BindAsync(shop);
        var product = await new CatalogAdminClient(shop).AddAsync(1, price: 1500);
        var over = new TaskCompletionSource();
        var load = new CheckoutLoad(shop, over.Task);
        await using var pages = new Availability(shop.App.GetEndpoint("storefront", "http"), "/products", "/cart");
        await pages.WaitForAnswersAsync(20);
        var warm = pages.Now;
        var running = load.RunAsync();
        TimeSpan stopped, dropped, continued;
        try
        {
            await load.UnderWay;
            stopped = pages.Now;
            zone.ForEach(replica => replica.Service.Signal(replica.Id, "STOP"));
            using (var visitor = new Browser(shop))
            {
                for (var view = 0; view < Views; view++)
                {
                    await visitor.OpenAsync($"/products/{product}");
                    Assert.Equal(HttpStatusCode.OK, visitor.Status);
                }
            }

            // Until then, the replicas that hang keep the messages that they have got.
            await WaitForConsumersAsync(broker, 1);
            dropped = pages.Now - stopped;
            await pages.WaitForAnswersAsync(100);
            Assert.True(await member.IsSignedInAsync());
            continued = pages.Now;
        }
        finally
        {
            zone.ForEach(replica => replica.Service.Signal(replica.Id, "CONT"));
            over.SetResult();
            await running;
        }

        var (recovery, slowest) = (pages.GetTimeToRecover(stopped), pages.GetSlowest(warm, stopped));
        var slowestMeanwhile = pages.GetSlowest(stopped, continued);
        Report(pages, load, recovery, slowest);
        output.WriteLine($"Broker closed connections after {dropped}; slowest page meanwhile {slowestMeanwhile}.");
        await WaitForConsumersAsync(broker, 2);
        await load.AssertNothingLostOrDuplicatedAsync();
        Assert.True(await member.IsSignedInAsync());
        await events.ReadAsync("", _ => CountViews(events, product) >= Views);
        Assert.Equal(Views, CountViews(events, product));
        Assert.InRange(recovery, TimeSpan.Zero, _maxTimeToRecover + slowest);
        Assert.InRange(slowestMeanwhile, TimeSpan.Zero, _maxTimeToRecover + slowest);
    }

    [Fact]
    public async Task Servers_that_are_away_are_a_page_with_503_and_are_used_again_within_seconds()
    {
        using var member = await SignInAsync();
        var over = new TaskCompletionSource();
        var load = new CheckoutLoad(shop, over.Task);
        await using var pages = new Availability(shop.App.GetEndpoint("storefront", "http"), "/products");
        await pages.WaitForAnswersAsync(10);
        var warm = pages.Now;
        var (postgres, rabbitmq) = (new ResourceOutage(shop.App, "postgres"), new ResourceOutage(shop.App, "rabbitmq"));
        var running = load.RunAsync();
        TimeSpan slowest, returned;
        try
        {
            await load.UnderWay;
            slowest = pages.GetSlowest(warm, pages.Now);
            await Task.WhenAll(postgres.KillAsync(), rabbitmq.KillAsync());
            var away = pages.Now;
            await Task.Delay(_outage);
            var failures = pages.GetFailures(away + TimeSpan.FromSeconds(1), pages.Now);
            Assert.NotEmpty(failures);
            Assert.All(failures, failure => Assert.Equal(503, failure.Status));
            Assert.All(failures, failure => Assert.Contains("<html", failure.Body, StringComparison.Ordinal));

            await Task.WhenAll(postgres.EndAsync(), rabbitmq.EndAsync());
            returned = pages.Now;
            await pages.WaitForAnswersAsync(20);
        }
        finally
        {
            over.SetResult();
            await running;
        }

        var recovery = pages.GetTimeToRecover(returned);
        Report(pages, load, recovery, slowest);
        await load.AssertNothingLostOrDuplicatedAsync();
        Assert.True(await member.IsSignedInAsync());
        Assert.InRange(recovery, TimeSpan.Zero, _maxTimeToRecoverFromServers + slowest);
    }

    private static int CountViews(JourneyEventConsumer events, string product) => events.Events.DistinctBy(item => item.EventId)
        .Count(item => item.EventName == "product.viewed" && item.Attributes["shop.item.sku"].GetString() == product);

    private static Task<uint[]> WaitForConsumersAsync(BrokerClient broker, uint count) => Eventually.ReadAsync(
        () => Task.WhenAll(_queues.Select(broker.CountConsumersAsync)), counts => Array.TrueForAll(counts, found => found == count));

    private void Report(Availability pages, CheckoutLoad load, TimeSpan recovery, TimeSpan slowest) => output.WriteLine(
        $"{pages.Requests} pages, slowest {slowest} before, back after {recovery}, {load.Customers} customers, {load.Retries} again.");

    // One replica of each service.
    private async Task<List<(Replicas Service, string Id)>> FindZoneAsync(IEnumerable<string> services)
    {
        var zone = new List<(Replicas, string)>();
        foreach (var replicas in services.Select(service => new Replicas(shop.App, service)))
        {
            zone.Add((replicas, (await replicas.WaitForAsync(2))[0]));
        }

        return zone;
    }

    // An application that has just started may answer with 503.
    private async Task<Browser> SignInAsync()
    {
        var member = new Browser(shop);
        await Eventually.ReadAsync(
            async () =>
            {
                await member.OpenAsync("/login");
                return member.Page;
            },
            page => page.Contains("/sso/register", StringComparison.Ordinal));
        await member.RegisterAsync($"{Guid.NewGuid():n}@example.org", Password);
        Assert.True(await member.IsSignedInAsync());
        return member;
    }
}

/// <summary>The application with two replicas of each service. Its tests use the public API of the storefront.</summary>
public sealed class ReplicatedApp : ShopApp
{
    protected override string GetWayTo(string service) => "storefront";

    protected override void Configure(IResourceBuilder<ProjectResource> service)
    {
        if (service.Resource.Name is not ("visitors" or "insights"))
        {
            service.WithReplicas(2);
        }
    }
}

/// <summary>The collection of tests that use the application with replicas. They run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ReplicatedApplication : ICollectionFixture<ReplicatedApp>
{
    public const string Name = "Application with replicas";
}

using System.Net;
using Shop.Contracts;
using Shop.Messaging.JourneyEvents;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>Journey events while the broker is away, and when a service is killed meanwhile.</summary>
[Collection(OutageApplication.Name)]
[Trait("Category", "Long")]
public sealed class JourneyEventOutageTests(ShopApp shop)
{
    private const int Sessions = 8;
    private const int MinSpilled = 100;

    [Fact]
    public async Task Stopping_the_broker_under_load_loses_and_reorders_no_event()
    {
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 100_000);
        var consumer = await JourneyEventConsumer.BindAsync(shop);
        var outage = new ResourceOutage(shop.App, "rabbitmq");
        using var end = new CancellationTokenSource();
        var load = Enumerable.Range(0, Sessions).Select(_ => ChangeCartAsync(sku, end.Token)).ToList();
        await WaitForAsync("published", 1);
        var lost = (await JourneyEventCounts.ReadAsync(shop, "cart"))["lost"];

        await outage.StopAsync();
        var spilled = await WaitForAsync("spilled", MinSpilled);
        await outage.EndAsync();
        await WaitForAsync("replayed", MinSpilled);
        await end.CancelAsync();

        foreach (var (visitor, changes) in await Task.WhenAll(load))
        {
            var events = await consumer.ReadAsync(visitor.SessionId, events => events.Count >= changes);
            Assert.Equal(Enumerable.Range(0, changes).Select(QuantityOf), QuantitiesOf(events));
            Assert.Equal(events.Select(item => item.EventId), events.OrderBy(item => item.Sequence).Select(item => item.EventId));
        }

        var counts = await JourneyEventCounts.ReadAsync(shop, "cart");
        Assert.Equal(lost, counts["lost"]);
        Assert.True(spilled >= MinSpilled);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Killed_or_stopped_service_publishes_its_spilled_events_after_its_next_start(bool killed)
    {
        var sku = await new CatalogAdminClient(shop).AddAsync(onHand: 100_000);
        var consumer = await JourneyEventConsumer.BindAsync(shop);
        var (broker, cart) = (new ResourceOutage(shop.App, "rabbitmq"), new ResourceOutage(shop.App, "cart"));
        var visitor = new Visitor(shop);
        var before = (await JourneyEventCounts.ReadAsync(shop, "cart"))["spilled"];

        await broker.StopAsync();
        for (var change = 0; change < MinSpilled; change++)
        {
            (await visitor.TryPutAsync(sku, QuantityOf(change))).EnsureSuccessStatusCode().Dispose();
        }

        if (killed)
        {
            await WaitForAsync("spilled", before + MinSpilled);
        }

        // A stop spills what is still in memory.
        await (killed ? cart.KillAsync() : cart.StopAsync());
        await broker.EndAsync();
        await cart.EndAsync();

        var events = await consumer.ReadAsync(visitor.SessionId, events => events.Count >= MinSpilled);
        Assert.Equal(Enumerable.Range(0, MinSpilled).Select(QuantityOf), QuantitiesOf(events));
        Assert.Equal(0, (await JourneyEventCounts.ReadAsync(shop, "cart"))["lost"]);
    }

    // Consecutive changes of a line have different quantities, from 1 to 99.
    private static int QuantityOf(int change) => change % OrderLimits.MaxQuantity + 1;

    private static IEnumerable<int> QuantitiesOf(IEnumerable<JourneyEventRecord> events) =>
        events.Select(item => item.Attributes["shop.item.quantity"].GetInt32());

    /// <summary>Changes the quantity of a line until the end, and returns how often.</summary>
    private async Task<(Visitor Visitor, int Changes)> ChangeCartAsync(string sku, CancellationToken end)
    {
        var visitor = new Visitor(shop);
        var changes = 0;
        while (!end.IsCancellationRequested)
        {
            using var response = await visitor.TryPutAsync(sku, QuantityOf(changes));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            changes++;
            await Task.Delay(20, CancellationToken.None);
        }

        return (visitor, changes);
    }

    private async Task<long> WaitForAsync(string counter, long count) => (await Eventually.ReadAsync(
        () => JourneyEventCounts.ReadAsync(shop, "cart"), counts => counts.GetValueOrDefault(counter) >= count))[counter];
}

using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>Journey events as a consumer behind the broker gets them.</summary>
[Collection(WholeApplication.Name)]
public sealed class JourneyEventTests(ShopApp shop)
{
    private static readonly Dictionary<string, string> _eventsOfCheckout = new()
    {
        ["cart.line_added"] = "cart",
        ["checkout.submitted"] = "cart",
        ["order.submitted"] = "orders",
        ["stock.reserved"] = "catalog",
        ["payment.accepted"] = "orders",
        ["order.confirmed"] = "orders",
        ["stock.committed"] = "catalog",
        ["cart.emptied"] = "cart",
    };

    [Fact]
    public async Task Events_of_a_checkout_arrive_once_from_all_services_with_all_ids()
    {
        var consumer = await JourneyEventConsumer.BindAsync(shop);
        var visitor = new Visitor(shop);
        await visitor.PutAsync(await shop.AnyProductAsync(), 1);
        var order = await visitor.CheckOutAsync();
        Assert.Equal("Confirmed", (await visitor.WaitForOutcomeAsync(order)).Status);

        var events = await consumer.ReadAsync(
            visitor.SessionId,
            events => _eventsOfCheckout.Keys.All(name => events.Any(item => item.EventName == name)));

        // A line that is put until it has a price is also changed.
        var once = events.Where(item => item.EventName != "cart.line_changed").ToList();
        Assert.Equal(
            _eventsOfCheckout.Select(item => $"{item.Key} {item.Value}").Order(),
            once.Select(item => $"{item.EventName} {item.Resource["service.name"]}").Order());
        Assert.All(events, item =>
        {
            Assert.Equal(visitor.TraceId, item.TraceId);
            Assert.Matches("^[0-9a-f]{16}$", item.SpanId);
            Assert.Equal((7, 1), (item.EventId.Version, item.SchemaVersion));
            Assert.NotEmpty(item.Resource["service.instance.id"]);
            Assert.Equal(visitor.JourneyId, item.Attributes["shop.journey.id"].GetString());
            Assert.Equal("returning", item.Attributes["shop.user.segment"].GetString());
            Assert.NotEmpty(item.Attributes["shop.request.id"].GetString()!);
            Assert.InRange(
                DateTimeOffset.FromUnixTimeMilliseconds(item.TimeUnixMs),
                DateTimeOffset.UtcNow.AddMinutes(-5),
                DateTimeOffset.UtcNow.AddSeconds(1));
        });
        var submitted = events.Single(item => item.EventName == "checkout.submitted").Attributes;
        Assert.Equal("/api/v1/carts/:cartId/checkout", submitted["shop.page.path"].GetString());
        Assert.Equal("checkout", submitted["shop.critical_route"].GetString());
        Assert.Equal(order.Split('/')[^1], submitted["shop.order.id"].GetString());
    }

    [Fact]
    public async Task Published_events_have_no_personal_data()
    {
        var consumer = await JourneyEventConsumer.BindAsync(shop);
        var visitor = new Visitor(shop);
        await visitor.PutAsync(await shop.AnyProductAsync(), 1);
        await visitor.WaitForOutcomeAsync(await visitor.CheckOutAsync());
        await consumer.ReadAsync(visitor.SessionId, events => events.Any(item => item.EventName == "cart.emptied"));

        Assert.All(
            (string[])["Ada Example", "Analytical Row", "ada@example.org", "tok_ok"],
            text => Assert.DoesNotContain(consumer.Messages, message => message.Contains(text, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task Published_events_are_counted_and_none_is_lost()
    {
        var consumer = await JourneyEventConsumer.BindAsync(shop);
        var visitor = new Visitor(shop);
        await visitor.LinesInCartAsync();
        await consumer.ReadAsync(visitor.SessionId, events => events.Count == 1);

        await Eventually.ReadAsync(
            async () => await JourneyEventCounts.ReadAsync(shop, "cart"), counts => counts["published"] > 0 && counts["lost"] == 0);
    }
}

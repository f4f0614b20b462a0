using Shop.Telemetry.Events;
using Shop.Tests.Support;

namespace Shop.Tests.Integration;

[Collection(WholeApplication.Name)]
public sealed class LogTests(ShopApp shop)
{
    [Fact]
    public async Task Every_line_of_a_checkout_says_whose_journey_it_is_in_every_service()
    {
        var visitor = new Visitor(shop);
        var lines = await LinesOfACheckoutAsync(visitor);

        Assert.Equal(["cart", "catalog", "orders"], lines.Select(line => line.Service).Distinct().Order());
        Assert.All(lines, line =>
        {
            Assert.Equal(visitor.TraceId, line.TraceId);
            Assert.False(string.IsNullOrEmpty(line.SpanId));
            Assert.Equal(visitor.SessionId, line.Attributes.GetValueOrDefault("session.id"));
            Assert.Equal(visitor.JourneyId, line.Attributes.GetValueOrDefault("shop.journey.id"));
            Assert.Matches("^[0-9a-f]{32}$", line.Attributes.GetValueOrDefault("shop.request.id", ""));
            Assert.Equal("returning", line.Attributes.GetValueOrDefault("shop.user.segment"));
        });
    }

    [Fact]
    public async Task The_journey_is_told_in_events_of_the_catalogue_and_in_nothing_else()
    {
        var events = (await LinesOfACheckoutAsync(new Visitor(shop))).Where(line => line.Category == JourneyEvents.Category).ToList();

        Assert.Equal(
            [
                "cart.emptied", "cart.line_added", "cart.viewed", "checkout.submitted", "order.confirmed", "order.submitted",
                "payment.accepted", "product.viewed", "stock.committed", "stock.reserved",
            ],
            events.Select(line => line.EventName!).Distinct().Order(StringComparer.Ordinal));
        Assert.All(events, line =>
        {
            var type = Assert.Single(EventCatalog.Entries, entry => entry.Name == line.EventName);
            Assert.Empty(type.Fields.Select(field => field.Name).Except(line.Attributes.Keys));
            Assert.Empty(line.Attributes.Keys.Except(type.Fields.Select(field => field.Name)).Except(_onEveryEvent));
        });
        Assert.Contains(events, line => line.EventName == "cart.line_added" && line.Attributes["shop.page.path"] == "/api/v1/carts/:cartId/lines/:sku");
    }

    private static readonly string[] _onEveryEvent =
    [
        "session.id", "shop.journey.id", "shop.request.id", "shop.user.segment", "shop.page.path", "shop.page.from", "shop.critical_route",
        "shop.cart.item_count", "shop.item.id", "shop.source",
        "ConnectionId", // Kestrel's scope
        "aspire.log_id", // the dashboard's
    ];

    private static readonly string[] _last = ["cart.emptied", "order.confirmed", "stock.committed"];

    private async Task<IReadOnlyList<LogLine>> LinesOfACheckoutAsync(Visitor visitor)
    {
        var sku = await shop.AnyProductAsync();
        await visitor.AvailableAsync(sku);
        await visitor.PutAsync(sku, quantity: 1);
        await visitor.SettledAsync(await visitor.CheckOutAsync());
        await Eventually.ReadAsync(visitor.LinesInCartAsync, lines => lines == 0);
        return await Eventually.ReadAsync(
            () => shop.Telemetry.LogsOfAsync(visitor.TraceId),
            // Each service sends its lines in its own time; these are the last of each.
            lines => _last.All(name => lines.Any(line => line.EventName == name)));
    }
}

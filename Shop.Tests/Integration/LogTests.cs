using Shop.Telemetry.Events;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Integration;

[Collection(WholeApplication.Name)]
public sealed class LogTests(ShopApp shop)
{
    private static readonly string[] _commonAttributes =
    [
        "session.id", "shop.journey.id", "shop.request.id", "shop.user.segment", "shop.page.path", "shop.page.from", "shop.critical_route",
        "shop.cart.item_count", "shop.item.id", "shop.source",
        "aspire.log_id", // added by the dashboard
    ];

    // The last event of each service.
    private static readonly string[] _lastEvents = ["cart.emptied", "order.confirmed", "stock.committed"];

    [Fact]
    public async Task Log_records_of_a_checkout_carry_trace_session_journey_and_request_ids_in_every_service()
    {
        var visitor = new Visitor(shop);
        var records = await CheckoutLogsAsync(visitor);

        Assert.Equal(["cart", "catalog", "orders"], records.Select(record => record.Service).Distinct().Order());
        Assert.All(records, record =>
        {
            Assert.Equal(visitor.TraceId, record.TraceId);
            Assert.False(string.IsNullOrEmpty(record.SpanId));
            Assert.Equal(visitor.SessionId, record.Attributes.GetValueOrDefault("session.id"));
            Assert.Equal(visitor.JourneyId, record.Attributes.GetValueOrDefault("shop.journey.id"));
            Assert.Matches("^[0-9a-f]{32}$", record.Attributes.GetValueOrDefault("shop.request.id", ""));
            Assert.Equal("returning", record.Attributes.GetValueOrDefault("shop.user.segment"));
        });
    }

    [Fact]
    public async Task Journey_events_of_a_checkout_have_exactly_the_fields_of_the_event_catalogue()
    {
        var events = (await CheckoutLogsAsync(new Visitor(shop))).Where(record => record.Category == JourneyEvents.Category).ToList();

        Assert.Equal(
            [
                "cart.emptied", "cart.line_added", "cart.viewed", "checkout.submitted", "order.confirmed", "order.submitted",
                "payment.accepted", "product.viewed", "stock.committed", "stock.reserved",
            ],
            events.Select(record => record.EventName!).Distinct().Order(StringComparer.Ordinal));
        Assert.All(events, record =>
        {
            var type = Assert.Single(EventCatalog.Entries, entry => entry.Name == record.EventName);
            Assert.Empty(type.Fields.Select(field => field.Name).Except(record.Attributes.Keys));
            Assert.Empty(record.Attributes.Keys.Except(type.Fields.Select(field => field.Name)).Except(_commonAttributes));
        });
        Assert.Contains(events, record =>
            record.EventName == "cart.line_added" && record.Attributes["shop.page.path"] == "/api/v1/carts/:cartId/lines/:sku");
    }

    [Fact]
    public async Task Cart_that_is_read_for_another_page_is_not_viewed()
    {
        var visitor = new Visitor(shop);
        var sku = await shop.AnyProductAsync();

        await visitor.PutAsync(sku, quantity: 1);
        await visitor.ReadCartWithoutViewingAsync();
        await visitor.PutAsync(sku, quantity: 2);

        var records = await Eventually.ReadAsync(
            () => shop.Telemetry.TraceLogsAsync(visitor.TraceId),
            records => records.Any(record => record.EventName == "cart.line_changed"));
        Assert.Contains(records, record => record.EventName == "cart.line_added");
        Assert.DoesNotContain(records, record => record.EventName == "cart.viewed");
    }

    private async Task<IReadOnlyList<LogRecord>> CheckoutLogsAsync(Visitor visitor)
    {
        var sku = await shop.AnyProductAsync();
        await visitor.AvailableAsync(sku);
        await visitor.PutAsync(sku, quantity: 1);
        await visitor.WaitForOutcomeAsync(await visitor.CheckOutAsync());
        await Eventually.ReadAsync(visitor.LinesInCartAsync, lines => lines == 0);
        return await Eventually.ReadAsync(
            () => shop.Telemetry.TraceLogsAsync(visitor.TraceId),
            // Each service exports its records in its own batches.
            records => _lastEvents.All(name => records.Any(record => record.EventName == name)));
    }
}

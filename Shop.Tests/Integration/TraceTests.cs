using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

[Collection(WholeApplication.Name)]
public sealed class TraceTests(ShopApp shop)
{
    private static readonly string[] _services = ["cart", "catalog", "orders"];

    [Fact]
    public async Task A_checkout_is_one_whole_trace_across_http_grpc_messages_and_stores()
    {
        var visitor = await CheckedOutAsync();

        var spans = await WholeTraceAsync(visitor);

        Assert.Empty(Orphans(spans, visitor));
        Assert.Equal(_services, spans.Select(span => span.Service).Distinct().Order());
        Assert.All(_services, service => Assert.True(HasStoreSpan(spans, service), service));
        Assert.Contains(spans, span => span is { Service: "cart", Kind: SpanKind.Server } && span.Attributes.GetValueOrDefault("http.route")?.EndsWith("checkout", StringComparison.Ordinal) == true);
        Assert.Contains(spans, span => span is { Service: "cart", Kind: SpanKind.Client } && span.Attributes.ContainsKey("rpc.method"));
        Assert.Contains(spans, span => span is { Service: "catalog", Kind: SpanKind.Server } && span.Name.Contains("ReserveStock", StringComparison.Ordinal));
        Assert.Contains(spans, span => span is { Service: "cart", Kind: SpanKind.Producer });
        Assert.Contains(spans, span => span is { Service: "orders", Kind: SpanKind.Consumer });
        Assert.Contains(spans, span => span is { Service: "orders", Kind: SpanKind.Producer });
        Assert.Contains(spans, span => span is { Service: "cart", Kind: SpanKind.Consumer });
    }

    [Fact]
    public async Task The_log_lines_of_a_checkout_carry_its_trace_and_a_span_of_it()
    {
        var visitor = await CheckedOutAsync();

        await WholeTraceAsync(visitor);
        var lines = await Eventually.ReadAsync(
            () => shop.Telemetry.LogsOfAsync(visitor.TraceId),
            lines => lines.Select(line => line.Service).Distinct().Count() == 3);

        // A line is written while its span still runs.
        await Eventually.ReadAsync(
            () => shop.Telemetry.SpansOfAsync(visitor.TraceId),
            spans => lines.All(line => spans.Any(span => span.Id == line.SpanId)));
    }

    [Fact]
    public async Task Probes_make_no_spans()
    {
        // Each service is asked every few seconds, and asks its stores in turn; the details are for people.
        foreach (var service in _services)
        {
            using var management = shop.App.CreateHttpClient(service, "management");
            foreach (var path in (string[])["/admin/health", "/metrics"])
                (await management.GetAsync(path)).EnsureSuccessStatusCode().Dispose();
        }

        await WholeTraceAsync(await CheckedOutAsync());

        foreach (var service in _services)
        {
            var spans = await shop.Telemetry.LastSpansOfAsync(service);
            Assert.NotEmpty(spans);
            Assert.DoesNotContain(spans, span => span.Name == "PING");
            // The migration at the start asks too, in a trace of its own; that of a probe would be a child of nothing.
            var known = spans.Select(span => span.Id).ToHashSet();
            Assert.DoesNotContain(spans, span => span.Attributes.GetValueOrDefault("db.query.text")?.TrimEnd(';') == "SELECT 1" && !known.Contains(span.ParentId ?? ""));
            Assert.DoesNotContain(spans, span => span.Attributes.GetValueOrDefault("url.path") is "/health" or "/alive" or "/metrics" or "/admin/health");
        }
    }

    [Fact]
    public async Task What_the_cart_learns_about_a_checkout_is_known_to_all_who_carry_it_out()
    {
        var visitor = await CheckedOutAsync();
        var spans = await WholeTraceAsync(visitor);

        var order = Assert.Single(spans, span => span is { Service: "orders", Kind: SpanKind.Consumer } && span.Name.StartsWith("process", StringComparison.Ordinal));
        Assert.Equal(("1", "checkout", "returning"), (order.Attributes["shop.cart.item_count"], order.Attributes["shop.critical_route"], order.Attributes["shop.user.segment"]));
        var reservation = Assert.Single(spans, span => span is { Service: "catalog", Kind: SpanKind.Server } && span.Name.EndsWith("ReserveStock", StringComparison.Ordinal));
        Assert.Equal("1", reservation.Attributes["shop.cart.item_count"]);
        var query = Assert.Single(spans, span => span.Service == "catalog" && span.Name == "UPDATE stock reservation_lines");
        Assert.Equal("1", query.Attributes["shop.cart.item_count"]);
    }

    [Fact]
    public async Task What_is_done_for_an_order_later_is_on_its_journey_and_linked_to_its_trace()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_abandoned");
        await buyer.WhenAwaitedAsync();

        // The provider knows nothing of visitors.
        await new Provider(shop).CallAsync(Provider.Body(buyer.OrderId));
        await buyer.WhenDoneAsync();

        var confirmed = await Eventually.ReadAsync(
            async () => (await shop.Telemetry.LastSpansOfAsync("orders")).SingleOrDefault(span => span.Kind is SpanKind.Server
                && span.Name == "POST /payment/confirm" && span.Attributes.GetValueOrDefault("session.id") == buyer.Visitor.SessionId),
            span => span is not null);
        Assert.Equal(buyer.Visitor.JourneyId, confirmed!.Attributes["shop.journey.id"]);
        Assert.NotEqual(buyer.Visitor.TraceId, confirmed.TraceId);
        Assert.Equal([buyer.Visitor.TraceId], confirmed.LinkedTraces);
        // To the last consumer.
        await Eventually.ReadAsync(
            () => shop.Telemetry.SpansOfAsync(confirmed.TraceId),
            spans => spans.Any(span => span is { Service: "cart", Kind: SpanKind.Consumer } && span.Attributes.GetValueOrDefault("session.id") == buyer.Visitor.SessionId));
        var lines = await Eventually.ReadAsync(() => shop.Telemetry.LogsOfAsync(confirmed.TraceId), lines => lines.Any(line => line.EventName == "cart.emptied"));
        Assert.All((string[])["payment.accepted", "order.confirmed", "cart.emptied"], name =>
            Assert.Equal(buyer.Visitor.SessionId, Assert.Single(lines, line => line.EventName == name).Attributes["session.id"]));
    }

    [Fact]
    public async Task Stock_that_expires_is_told_on_the_journey_of_its_order()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_abandoned");
        await buyer.WhenAwaitedAsync();
        await new Database(shop, "catalogdb").RunAsync("update reservations set expires_at = now() - interval '1 second' where order_id = $1", buyer.OrderId);

        var expired = await Eventually.ReadAsync(
            async () => (await shop.Telemetry.LastSpansOfAsync("catalog")).SingleOrDefault(span =>
                span.Name == "expire reservation" && span.Attributes.GetValueOrDefault("session.id") == buyer.Visitor.SessionId),
            span => span is not null);
        Assert.Equal((buyer.Visitor.JourneyId, buyer.Visitor.TraceId), (expired!.Attributes["shop.journey.id"], Assert.Single(expired.LinkedTraces)));
        var line = Assert.Single(await Eventually.ReadAsync(() => shop.Telemetry.LogsOfAsync(expired.TraceId), lines => lines.Count > 0), line => line.EventName == "stock.expired");
        Assert.Equal(buyer.Visitor.SessionId, line.Attributes["session.id"]);
    }

    private async Task<Visitor> CheckedOutAsync()
    {
        var visitor = new Visitor(shop);
        await visitor.PutAsync(await shop.AnyProductAsync(), quantity: 1);
        var order = await visitor.CheckOutAsync();
        await visitor.SettledAsync(order);
        await Eventually.ReadAsync(visitor.LinesInCartAsync, lines => lines == 0);
        return visitor;
    }

    // The last hop is the cart's, which empties itself; the spans of its Redis commands leave a moment after them.
    // What arrives late is waited for; what never arrives is an orphan's parent.
    private Task<IReadOnlyList<Span>> WholeTraceAsync(Visitor visitor) => Eventually.ReadAsync(
        () => shop.Telemetry.SpansOfAsync(visitor.TraceId),
        spans => spans.Any(span => span is { Service: "cart", Kind: SpanKind.Consumer })
            && _services.All(service => HasStoreSpan(spans, service))
            && !Orphans(spans, visitor).Any());

    private static bool HasStoreSpan(IReadOnlyList<Span> spans, string service) =>
        spans.Any(span => span.Service == service && span.Attributes.ContainsKey("db.system.name"));

    private static IEnumerable<Span> Orphans(IReadOnlyList<Span> spans, Visitor visitor)
    {
        var known = spans.Select(span => span.Id).Append(visitor.SpanId).ToHashSet();
        return spans.Where(span => span.ParentId is null || !known.Contains(span.ParentId));
    }
}

using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

[Collection(WholeApplication.Name)]
public sealed class TraceTests(ShopApp shop)
{
    private static readonly string[] _services = ["cart", "catalog", "orders"];

    [Fact]
    public async Task Checkout_is_one_whole_trace_across_HTTP_gRPC_messages_and_databases()
    {
        var visitor = await CheckedOutAsync();

        var spans = await WholeTraceAsync(visitor);

        Assert.Empty(Orphans(spans, visitor));
        Assert.DoesNotContain(spans, span => span.Attributes.ContainsKey("error.type"));
        Assert.Equal(_services, spans.Select(span => span.Service).Distinct().Order());
        Assert.All(_services, service => Assert.True(HasDatabaseSpan(spans, service), service));
        Assert.Contains(spans, span => span is { Service: "cart", Kind: SpanKind.Server }
            && span.Attributes.GetValueOrDefault("http.route")?.EndsWith("checkout", StringComparison.Ordinal) == true);
        Assert.Contains(spans, span => span is { Service: "cart", Kind: SpanKind.Client } && span.Attributes.ContainsKey("rpc.method"));
        Assert.Contains(spans, span =>
            span is { Service: "catalog", Kind: SpanKind.Server } && span.Name.Contains("ReserveStock", StringComparison.Ordinal));
        Assert.Contains(spans, span => span is { Service: "cart", Kind: SpanKind.Producer });
        Assert.Contains(spans, span => span is { Service: "orders", Kind: SpanKind.Consumer });
        Assert.Contains(spans, span => span is { Service: "orders", Kind: SpanKind.Producer });
        Assert.Contains(spans, span => span is { Service: "cart", Kind: SpanKind.Consumer });
    }

    [Fact]
    public async Task Checkout_sends_few_commands_to_Redis_and_PostgreSQL()
    {
        // The first one may also load scripts and check the key of personal data.
        await CheckedOutAsync();
        var visitor = await CheckedOutAsync();

        await Eventually.ReadAsync(
            async () => CountCommands(await shop.Telemetry.TraceSpansAsync(visitor.TraceId)),
            counts => counts ==
                """
                cart POST /api/v1/carts/{cartId}/checkout: 5
                cart process order-confirmed:cart-order-confirmed: 1
                catalog process order-confirmed:catalog-order-confirmed: 1
                catalog shop.catalog.v1.Catalog/CommitStock: 1
                catalog shop.catalog.v1.Catalog/GetProducts: 1
                catalog shop.catalog.v1.Catalog/ReserveStock: 1
                orders GET /internal/v1/checkouts/{orderId:guid}: 1
                orders process checkout-submitted:orders-checkout-submitted: 7
                """);
    }

    [Fact]
    public async Task Log_records_of_a_checkout_belong_to_spans_of_its_trace()
    {
        var visitor = await CheckedOutAsync();

        await WholeTraceAsync(visitor);
        var records = await Eventually.ReadAsync(
            () => shop.Telemetry.TraceLogsAsync(visitor.TraceId),
            records => records.Select(record => record.Service).Distinct().Count() == 3);

        // A log record is exported before its span has ended.
        await Eventually.ReadAsync(
            () => shop.Telemetry.TraceSpansAsync(visitor.TraceId),
            spans => records.All(record => spans.Any(span => span.Id == record.SpanId)));
    }

    [Fact]
    public async Task Health_checks_and_scrapes_create_no_spans()
    {
        // Aspire probes /health of each service every few seconds; these two are for operators and Prometheus.
        foreach (var service in _services)
        {
            using var management = shop.App.CreateHttpClient(service, "management");
            foreach (var path in (string[])["/admin/health", "/metrics"])
            {
                (await management.GetAsync(path)).EnsureSuccessStatusCode().Dispose();
            }
        }

        await WholeTraceAsync(await CheckedOutAsync());

        foreach (var service in _services)
        {
            var spans = await shop.Telemetry.ServiceSpansAsync(service);
            Assert.NotEmpty(spans);
            Assert.DoesNotContain(spans, span => span.Name == "PING");

            // The database migration at start-up runs this query too, but with a parent.
            var known = spans.Select(span => span.Id).ToHashSet();
            Assert.DoesNotContain(spans, span =>
                span.Attributes.GetValueOrDefault("db.query.text")?.TrimEnd(';') == "SELECT 1" && !known.Contains(span.ParentId ?? ""));
            Assert.DoesNotContain(spans, span =>
                span.Attributes.GetValueOrDefault("url.path") is "/health" or "/alive" or "/metrics" or "/admin/health");
        }
    }

    [Fact]
    public async Task Journey_attributes_set_by_the_cart_reach_the_spans_of_all_services()
    {
        var visitor = await CheckedOutAsync();
        var spans = await WholeTraceAsync(visitor);

        var order = Assert.Single(spans, span =>
            span is { Service: "orders", Kind: SpanKind.Consumer } && span.Name.StartsWith("process", StringComparison.Ordinal));
        Assert.Equal(
            ("1", "checkout", "returning"),
            (order.Attributes["shop.cart.item_count"], order.Attributes["shop.critical_route"], order.Attributes["shop.user.segment"]));
        var reservation = Assert.Single(spans, span =>
            span is { Service: "catalog", Kind: SpanKind.Server } && span.Name.EndsWith("ReserveStock", StringComparison.Ordinal));
        Assert.Equal("1", reservation.Attributes["shop.cart.item_count"]);
        var query = Assert.Single(
            spans, span => span.Service == "catalog" && span.Name.Contains("INSERT reservation_lines", StringComparison.Ordinal));
        Assert.Equal("1", query.Attributes["shop.cart.item_count"]);
    }

    [Fact]
    public async Task Payment_webhook_is_on_the_journey_of_its_order_and_linked_to_its_trace()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_abandoned");
        await buyer.WaitForPendingPaymentAsync();

        // The provider sends neither trace context nor baggage.
        await new PaymentProviderClient(shop).CallAsync(PaymentProviderClient.Body(buyer.OrderId));
        await buyer.WaitForCompletionAsync();

        var confirmed = await Eventually.ReadAsync(
            async () => (await shop.Telemetry.ServiceSpansAsync("orders")).SingleOrDefault(span => span.Kind is SpanKind.Server
                && span.Name == "POST /payment/confirm" && span.Attributes.GetValueOrDefault("session.id") == buyer.Visitor.SessionId),
            span => span is not null);
        Assert.Equal(buyer.Visitor.JourneyId, confirmed!.Attributes["shop.journey.id"]);
        Assert.NotEqual(buyer.Visitor.TraceId, confirmed.TraceId);
        Assert.Equal([buyer.Visitor.TraceId], confirmed.LinkedTraces);

        // Up to the last consumer.
        await Eventually.ReadAsync(
            () => shop.Telemetry.TraceSpansAsync(confirmed.TraceId),
            spans => spans.Any(span => span is { Service: "cart", Kind: SpanKind.Consumer }
                && span.Attributes.GetValueOrDefault("session.id") == buyer.Visitor.SessionId));
        string[] names = ["payment.accepted", "order.confirmed", "cart.emptied"];
        var records = await Eventually.ReadAsync(
            () => shop.Telemetry.TraceLogsAsync(confirmed.TraceId),
            records => names.All(name => records.Any(record => record.EventName == name)));
        Assert.All(names, name =>
            Assert.Equal(buyer.Visitor.SessionId, Assert.Single(records, record => record.EventName == name).Attributes["session.id"]));
    }

    [Fact]
    public async Task Stock_expiry_is_on_the_journey_of_its_order_and_linked_to_its_trace()
    {
        var buyer = await new Buyer(shop).BuyAsync("tok_abandoned");
        await buyer.WaitForPendingPaymentAsync();
        await new Database(shop, "catalogdb").RunAsync(
            "update reservations set expires_at = now() - interval '1 second' where order_id = $1", buyer.OrderId);

        var expired = await Eventually.ReadAsync(
            async () => (await shop.Telemetry.ServiceSpansAsync("catalog")).SingleOrDefault(span =>
                span.Name == "expire reservation" && span.Attributes.GetValueOrDefault("session.id") == buyer.Visitor.SessionId),
            span => span is not null);
        Assert.Equal(buyer.Visitor.JourneyId, expired!.Attributes["shop.journey.id"]);
        Assert.Equal([buyer.Visitor.TraceId], expired.LinkedTraces);
        var records = await Eventually.ReadAsync(() => shop.Telemetry.TraceLogsAsync(expired.TraceId), records => records.Count > 0);
        var record = Assert.Single(records, record => record.EventName == "stock.expired");
        Assert.Equal(buyer.Visitor.SessionId, record.Attributes["session.id"]);
    }

    // The number of commands of each request and message that follows from the checkout.
    private static string CountCommands(IReadOnlyList<Span> spans)
    {
        var byId = spans.ToDictionary(span => span.Id);
        IEnumerable<Span> EntriesOf(Span? span)
        {
            for (; span is not null; span = byId.GetValueOrDefault(span.ParentId ?? ""))
            {
                if (span.Kind is SpanKind.Server or SpanKind.Consumer)
                {
                    yield return span;
                }
            }
        }

        return string.Join('\n', spans
            .Where(span => span.Attributes.ContainsKey("db.system.name"))
            .Select(span => EntriesOf(span).ToList())
            .Where(entries => entries.Any(entry => entry.Name.EndsWith("checkout", StringComparison.Ordinal)))
            .CountBy(entries => $"{entries[0].Service} {entries[0].Name}")
            .Select(entry => $"{entry.Key}: {entry.Value}")
            .Order(StringComparer.Ordinal));
    }

    private async Task<Visitor> CheckedOutAsync()
    {
        var visitor = new Visitor(shop);
        await visitor.PutAsync(await shop.AnyProductAsync(), quantity: 1);
        var order = await visitor.CheckOutAsync();
        await visitor.WaitForOutcomeAsync(order);
        await Eventually.ReadAsync(visitor.LinesInCartAsync, lines => lines == 0);
        return visitor;
    }

    // Each service has a consumer at its end, after calls that it also gets before; its queries are exported after it.
    private Task<IReadOnlyList<Span>> WholeTraceAsync(Visitor visitor) => Eventually.ReadAsync(
        () => shop.Telemetry.TraceSpansAsync(visitor.TraceId),
        spans => _services.All(service => HasDatabaseSpan(spans, service)
                && spans.Any(span => span.Service == service && span.Kind is SpanKind.Consumer))
            && !Orphans(spans, visitor).Any());

    private static bool HasDatabaseSpan(IReadOnlyList<Span> spans, string service) =>
        spans.Any(span => span.Service == service && span.Attributes.ContainsKey("db.system.name"));

    private static IEnumerable<Span> Orphans(IReadOnlyList<Span> spans, Visitor visitor)
    {
        var known = spans.Select(span => span.Id).Append(visitor.SpanId).ToHashSet();
        return spans.Where(span => span.ParentId is null || !known.Contains(span.ParentId));
    }
}

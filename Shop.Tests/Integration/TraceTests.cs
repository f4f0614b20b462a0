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

        var spans = await WholeTraceAsync(visitor);
        var lines = await Eventually.ReadAsync(
            () => shop.Telemetry.LogsOfAsync(visitor.TraceId),
            lines => lines.Select(line => line.Service).Distinct().Count() == 3);

        Assert.All(lines, line => Assert.Contains(spans, span => span.Id == line.SpanId));
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

    // The last hop is the cart's, which empties itself; the spans of its Redis commands leave every few seconds only.
    // What arrives late is waited for; what never arrives is an orphan's parent.
    private Task<IReadOnlyList<Span>> WholeTraceAsync(Visitor visitor) => Eventually.ReadAsync(
        () => shop.Telemetry.SpansOfAsync(visitor.TraceId),
        spans => spans.Any(span => span is { Service: "cart", Kind: SpanKind.Consumer })
            && HasStoreSpan(spans, "cart")
            && !Orphans(spans, visitor).Any());

    private static bool HasStoreSpan(IReadOnlyList<Span> spans, string service) =>
        spans.Any(span => span.Service == service && span.Attributes.ContainsKey("db.system.name"));

    private static IEnumerable<Span> Orphans(IReadOnlyList<Span> spans, Visitor visitor)
    {
        var known = spans.Select(span => span.Id).Append(visitor.SpanId).ToHashSet();
        return spans.Where(span => span.ParentId is null || !known.Contains(span.ParentId));
    }
}

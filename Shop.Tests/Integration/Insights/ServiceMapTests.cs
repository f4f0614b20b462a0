using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Shop.Insights.Map;
using Shop.Insights.Spans;
using Shop.Tests.Integration.Support;
using SpanKind = Shop.Insights.Spans.SpanKind;

namespace Shop.Tests.Integration.Insights;

/// <summary>The map of services, from spans in a real database.</summary>
[Collection(WholeApplication.Name)]
public sealed class ServiceMapTests(ShopApp shop)
{
    private static readonly DateTimeOffset _start =
        DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.AddHours(-2).ToUnixTimeSeconds());

    private static readonly Gen<Shape> _shape =
        from trace in Gen.Int[0, 2]
        from parent in Gen.Int[-3, 12]
        from kind in Gen.Int[0, 5]
        from service in Gen.Int[0, 2]
        from peer in Gen.Int[0, 5]
        from duration in Gen.Int[1, 30]
        from failed in Gen.Int[0, 3]
        from count in Gen.Int[0, 2]
        select new Shape(trace, parent, (SpanKind)kind, service, peer, duration, failed == 0, count * 1.5);

    [Fact]
    public async Task Map_has_services_databases_messages_and_callers_with_rates_errors_and_times()
    {
        await using var database = await CreateAsync();
        var spans = new List<StoredSpan>();
        for (var i = 0; i < 20; i++)
        {
            var request = Create("storefront", SpanKind.Server);
            var call = Create("storefront", SpanKind.Client, request).Calls("service", "localhost:15110") with
            {
                Duration = TimeSpan.FromMilliseconds(i + 1),
                Failed = i == 7,
            };
            var handled = Create("catalog", SpanKind.Server, call);
            var query = Create("catalog", SpanKind.Client, handled).Calls("database", "postgresql/catalogdb", "postgresql");
            var sent = Create("catalog", SpanKind.Producer, handled).Calls("messaging", "order-confirmed", "rabbitmq");
            // The queue of the consumer has another name than the exchange of the producer.
            var received = Create("cart", SpanKind.Consumer, sent).Calls("messaging", "cart-order-confirmed", "rabbitmq");
            spans.AddRange([request, call, handled, query, sent, received]);
        }

        await database.Spans.StoreAsync(spans, CancellationToken.None);
        var map = await ReadAsync(database);

        Assert.Equal(
            [
                "clients/clients > service/storefront", "messaging/order-confirmed > service/cart",
                "service/catalog > database/postgresql/catalogdb", "service/catalog > messaging/order-confirmed",
                "service/storefront > service/catalog",
            ],
            map.Edges.Select(edge => $"{edge.From} > {edge.To}").Order(StringComparer.Ordinal));
        Assert.All(map.Edges, edge => Assert.Equal((20, 20, 2), (edge.Count, edge.Spans, edge.RatePerMinute)));
        var calls = map.Edges.Single(edge => edge.To == "service/catalog");
        Assert.Equal((0.05, 19.0, spans[(7 * 6) + 1].TraceId), (calls.ErrorShare, calls.P95Milliseconds, calls.TraceId));
        Assert.Equal(
            ["postgresql", "rabbitmq"],
            map.Nodes.Select(node => node.System).OfType<string>().Order(StringComparer.Ordinal));
        Assert.Equal(6, map.Nodes.Count);
        Assert.Equal(_start, map.AsOf);
    }

    [Fact]
    public async Task Span_that_arrives_late_changes_the_map()
    {
        await using var database = await CreateAsync();
        var call = Create("storefront", SpanKind.Client).Calls("service", "localhost:15110");
        var sent = Create("storefront", SpanKind.Producer).Calls("messaging", "order-confirmed", "rabbitmq");
        var received = Create("cart", SpanKind.Consumer, sent).Calls("messaging", "cart-order-confirmed", "rabbitmq");

        await database.Spans.StoreAsync([call, received], CancellationToken.None);
        var before = await ReadAsync(database);
        await database.Spans.StoreAsync([Create("catalog", SpanKind.Server, call), sent], CancellationToken.None);
        var after = await ReadAsync(database);

        Assert.Equal(
            ["messaging/cart-order-confirmed > service/cart", "service/storefront > external/localhost:15110"],
            before.Edges.Select(edge => $"{edge.From} > {edge.To}").Order(StringComparer.Ordinal));
        Assert.Equal(
            [
                "messaging/order-confirmed > service/cart", "service/storefront > messaging/order-confirmed",
                "service/storefront > service/catalog",
            ],
            after.Edges.Select(edge => $"{edge.From} > {edge.To}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Edge_and_node_without_a_call_for_a_minute_are_fading_and_leave_with_the_range()
    {
        await using var database = await CreateAsync();
        await database.Spans.StoreAsync(
            [
                Create("cart", SpanKind.Client).Calls("database", "redis", "redis"),
                TestSpan.Create(_start.AddSeconds(30), "cart", SpanKind.Server),
                TestSpan.Create(_start.AddSeconds(30), "cart", SpanKind.Client).Calls("database", "redis", "redis"),
                Create("cart", SpanKind.Client).Calls("database", "postgresql/x", "postgresql"),
            ],
            CancellationToken.None);
        await using var scope = database.Services.CreateAsyncScope();
        var maps = scope.ServiceProvider.GetRequiredService<MapReader>();

        async Task<string> ReadFadingAsync(double to)
        {
            var map = await maps.ReadAsync(_start.AddSeconds(to - 120), _start.AddSeconds(to), CancellationToken.None);
            return string.Join(' ', map.Edges.Select(edge => (edge.To, edge.IsFading))
                .Concat(map.Nodes.Select(node => (To: node.Id, node.IsFading)))
                .Select(item => $"{item.To}{(item.IsFading ? "*" : "")}").Distinct().Order(StringComparer.Ordinal));
        }

        Assert.Equal("clients/clients database/postgresql/x database/redis service/cart", await ReadFadingAsync(60));
        Assert.Equal("clients/clients database/postgresql/x* database/redis service/cart", await ReadFadingAsync(61));
        Assert.Equal("clients/clients* database/postgresql/x* database/redis* service/cart*", await ReadFadingAsync(91));
        Assert.Equal("clients/clients* database/redis* service/cart*", await ReadFadingAsync(121));
        Assert.Equal("", await ReadFadingAsync(151));
    }

    [Fact]
    public async Task Call_that_no_service_answers_counts_for_the_service_that_others_reached_at_its_address()
    {
        await using var database = await CreateAsync();
        var answered = Create("storefront", SpanKind.Client).Calls("service", "localhost:15110");
        await database.Spans.StoreAsync(
            [
                answered, Create("catalog", SpanKind.Server, answered),
                Create("cart", SpanKind.Client).Calls("service", "localhost:15110") with { Failed = true },
                Create("cart", SpanKind.Client).Calls("service", "mail.example:25"),
                // The target of this call is not known.
                Create("cart", SpanKind.Client),
                // A call within a service.
                Create("cart", SpanKind.Client).Calls("service", "localhost:1") with { TraceId = new('a', 32), SpanId = new('b', 16) },
                Create("cart", SpanKind.Server) with { TraceId = new('a', 32), ParentId = new('b', 16) },
            ],
            CancellationToken.None);

        var map = await ReadAsync(database);

        Assert.Equal(
            [
                "service/cart > external/mail.example:25: 0", "service/cart > service/catalog: 1",
                "service/storefront > service/catalog: 0",
            ],
            map.Edges.Select(edge => $"{edge.From} > {edge.To}: {edge.ErrorShare:0.##}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Request_whose_caller_sends_no_spans_is_on_the_map_unless_they_may_still_arrive()
    {
        await using var database = await CreateAsync();
        var now = DateTimeOffset.UtcNow;
        var call = TestSpan.Create(now.AddSeconds(-20), "storefront", SpanKind.Client).Calls("service", "localhost:15110");
        var outgoing = Create("gateway", SpanKind.Internal);
        await database.Spans.StoreAsync(
            [
                Create("cart", SpanKind.Server) with { ParentId = new('c', 16) },
                // The clocks of two services differ, and spans are sent in batches.
                TestSpan.Create(now.AddSeconds(-20), "catalog", SpanKind.Server, call),
                TestSpan.Create(now.AddMinutes(-10), "slow", SpanKind.Server) with
                {
                    ParentId = new('d', 16), Duration = TimeSpan.FromMinutes(9.5),
                },
                // The caller has no instrumentation of its HTTP client, and passes its span on.
                outgoing, Create("orders", SpanKind.Server, outgoing),
            ],
            CancellationToken.None);
        var before = await ReadEdgesAsync();
        await database.Spans.StoreAsync([call], CancellationToken.None);
        var after = await ReadEdgesAsync();

        Assert.Equal(["service/gateway > service/orders", "unknown/unknown > service/cart"], before);
        Assert.Equal(
            ["service/gateway > service/orders", "service/storefront > service/catalog", "unknown/unknown > service/cart"], after);

        async Task<IEnumerable<string>> ReadEdgesAsync()
        {
            await using var scope = database.Services.CreateAsyncScope();
            var map = await scope.ServiceProvider.GetRequiredService<MapReader>()
                .ReadAsync(_start.AddMinutes(-5), now.AddMinutes(1), CancellationToken.None);
            return map.Edges.Select(edge => $"{edge.From} > {edge.To}").Order(StringComparer.Ordinal);
        }
    }

    [Fact]
    public async Task Span_counts_for_those_that_were_not_sampled()
    {
        await using var database = await CreateAsync();
        StoredSpan[] spans =
        [
            .. Enumerable.Range(0, 9).Select(_ => Create("cart", SpanKind.Client) with { AdjustedCount = 10 }),
            Create("cart", SpanKind.Client) with { AdjustedCount = 10, Failed = true, Duration = TimeSpan.FromSeconds(1) },
            // Exported because it failed: the others stand for it.
            .. Enumerable.Range(0, 5).Select(_ => Create("cart", SpanKind.Client) with { AdjustedCount = 0, Failed = true }),
        ];
        await database.Spans.StoreAsync([.. spans.Select(span => span.Calls("database", "redis", "redis"))], CancellationToken.None);
        await database.Spans.StoreAsync(
            [Create("orders", SpanKind.Client).Calls("database", "redis", "redis") with { AdjustedCount = 0, Failed = true }],
            CancellationToken.None);

        var map = await ReadAsync(database);

        var (cart, orders) = (map.Edges[0], map.Edges[1]);
        Assert.Equal((100.0, 0.1, 1000.0, 15), (cart.Count, cart.ErrorShare, cart.P95Milliseconds, cart.Spans));
        Assert.Equal((0.0, 0.0, null, 1), (orders.Count, orders.ErrorShare, orders.P95Milliseconds, orders.Spans));
    }

    [Fact]
    public async Task Maps_of_100_random_sets_of_spans_agree_with_a_second_implementation()
    {
        await using var database = await CreateAsync();
        var (start, edges) = (_start, 0);
        await _shape.Array[0, 25].SampleAsync(
            async shapes =>
            {
                // Each has a minute of its own.
                start -= TimeSpan.FromMinutes(1);
                var spans = Shape.ToSpans(shapes, start);
                await database.Spans.StoreAsync(spans, CancellationToken.None);
                await using var scope = database.Services.CreateAsyncScope();

                var map = await scope.ServiceProvider.GetRequiredService<MapReader>()
                    .ReadAsync(start, start.AddMinutes(1), CancellationToken.None);

                var expected = MapReference.Compute(spans);
                edges += expected.Count;
                Assert.Equal(
                    expected.Keys.Order(StringComparer.Ordinal),
                    map.Edges.Select(edge => $"{edge.From} > {edge.To}").Order(StringComparer.Ordinal));
                Assert.All(map.Edges, edge =>
                {
                    var (count, share, p95) = expected[$"{edge.From} > {edge.To}"];
                    Assert.Equal(count, edge.Count, precision: 6);
                    Assert.Equal(share, edge.ErrorShare, precision: 6);
                    Assert.Equal(p95 ?? -1, edge.P95Milliseconds ?? -1, precision: 6);
                });
            },
            iter: 100,
            threads: 1);
        Assert.True(edges > 200, $"Only {edges} edges were compared.");
    }

    private static StoredSpan Create(string service, SpanKind kind, StoredSpan? parent = null) =>
        TestSpan.Create(_start, service, kind, parent);

    private async Task<InsightsDatabase> CreateAsync() =>
        await InsightsDatabase.CreateAsync(await shop.ConnectionStringAsync("insightsdb"));

    private static async Task<ServiceMap> ReadAsync(InsightsDatabase database)
    {
        await using var scope = database.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<MapReader>()
            .ReadAsync(_start.AddMinutes(-5), _start.AddMinutes(5), CancellationToken.None);
    }

    internal sealed record Shape(
        int Trace, int Parent, SpanKind Kind, int Service, int Peer, int Duration, bool Failed, double AdjustedCount)
    {
        private static readonly string[] _services = ["a", "b", "c"];
        private static readonly (string?, string?, string?)[] _peers =
        [
            (null, null, null), ("service", "h:1", null), ("service", "h:2", null), ("database", "postgresql/x", "postgresql"),
            ("messaging", "m1", "rabbitmq"), ("messaging", "m2", "rabbitmq"),
        ];

        // A parent is one of the spans of the same trace, or none, or one that is not known.
        public static List<StoredSpan> ToSpans(IReadOnlyList<Shape> shapes, DateTimeOffset start)
        {
            var traces = Enumerable.Range(0, 3).Select(_ => Guid.NewGuid().ToString("N")).ToList();
            var spans = new List<StoredSpan>();
            foreach (var (shape, index) in shapes.Select((shape, index) => (shape, index)))
            {
                var (peerKind, peer, system) = _peers[shape.Peer];
                var parent = shape.Parent >= 0 && shape.Parent < index && spans[shape.Parent].TraceId == traces[shape.Trace]
                    ? spans[shape.Parent].SpanId
                    : shape.Parent == -1 ? new string('f', 16) : null;
                spans.Add(TestSpan.Create(start.AddSeconds(index), _services[shape.Service], shape.Kind) with
                {
                    TraceId = traces[shape.Trace],
                    ParentId = parent,
                    PeerKind = peerKind,
                    Peer = peer,
                    System = system,
                    Duration = TimeSpan.FromMilliseconds(shape.Duration),
                    Failed = shape.Failed,
                    AdjustedCount = shape.AdjustedCount,
                });
            }

            return spans;
        }
    }
}

using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Aspire.Hosting.Testing;

namespace Shop.Tests.Integration;

/// <summary>
/// The names on spans and metrics, held against OpenTelemetry's semantic conventions (opentelemetry.io/docs/specs/semconv): those of
/// HTTP and databases are stable, those of RPC and messaging are not yet. What comes with a new version of a library shows here first.
/// </summary>
[Collection(WholeApplication.Name)]
public sealed partial class ConventionsTests(ShopApp shop)
{
    private static readonly FrozenSet<string> _http = Names(
        "http.request.method", "http.response.status_code", "http.route", "url.path", "url.query", "url.scheme", "url.full",
        "server.address", "server.port", "network.protocol.version", "network.peer.address", "network.peer.port", "user_agent.original", "error.type");

    private static readonly FrozenSet<string> _rpcOverHttp = Names(["rpc.system.name", "rpc.method", "rpc.response.status_code", .. _http]);

    private static readonly FrozenSet<string> _database = Names(
        "db.system.name", "db.namespace", "db.operation.name", "db.query.text", "db.query.summary", "db.response.status_code",
        "server.address", "server.port", "network.peer.address", "network.peer.port", "error.type");

    private static readonly FrozenSet<string> _messaging = Names(
        "messaging.system", "messaging.operation.name", "messaging.operation.type", "messaging.destination.name", "messaging.message.id",
        "messaging.message.conversation_id", "messaging.message.body.size", "messaging.rabbitmq.destination.routing_key", "error.type");

    // What a library adds in its own name space, and we in ours.
    private static readonly string[] _own = ["shop.", "session.id", "messaging.masstransit.", "db.npgsql.", "db.redis.", "aspire."];

    [Fact]
    public async Task Spans_have_the_names_of_the_conventions_and_no_others()
    {
        var spans = await SpansAsync();

        Assert.All(spans, span => Assert.True(
            span.Attributes.Keys.Where(name => !_own.Any(own => name.StartsWith(own, StringComparison.Ordinal))).Except(NamesFor(span)).ToList() is [],
            $"{span.Service} {span.Kind} {span.Name}: {string.Join(", ", span.Attributes.Where(value => !_own.Any(own => value.Key.StartsWith(own, StringComparison.Ordinal)) && !NamesFor(span).Contains(value.Key)))}"));
    }

    [Fact]
    public async Task Each_kind_of_span_is_called_and_described_as_the_conventions_ask()
    {
        var spans = await SpansAsync();

        var requests = spans.Where(span => span.Kind is SpanKind.Server && !span.Attributes.ContainsKey("rpc.method")).ToList();
        Assert.NotEmpty(requests);
        Assert.All(requests, span => Assert.Equal($"{span.Attributes["http.request.method"]} {span.Attributes["http.route"]}", span.Name));
        Assert.All(requests, span => Assert.Empty(((string[])["url.path", "url.scheme", "http.response.status_code", "server.address"]).Except(span.Attributes.Keys)));

        var calls = spans.Where(span => span.Attributes.ContainsKey("rpc.method")).ToList();
        Assert.Contains(calls, call => call.Kind is SpanKind.Client);
        Assert.Contains(calls, call => call.Kind is SpanKind.Server);
        Assert.All(calls, call => Assert.Equal(call.Attributes["rpc.method"], call.Name));
        Assert.All(calls, call => Assert.Equal("grpc", call.Attributes["rpc.system.name"]));
        // OK, or what came of a call that was tried again.
        Assert.All(calls, call => Assert.Matches("^[A-Z_]+$", call.Attributes["rpc.response.status_code"]));

        var queries = spans.Where(span => span.Attributes.GetValueOrDefault("db.system.name") == "postgresql").ToList();
        Assert.NotEmpty(queries);
        Assert.All(queries, span => Assert.Equal((SpanKind.Client, span.Attributes["db.query.summary"]), (span.Kind, span.Name)));
        Assert.All(queries, span => Assert.Empty(((string[])["db.namespace", "db.query.text", "server.address"]).Except(span.Attributes.Keys)));

        var commands = spans.Where(span => span.Attributes.GetValueOrDefault("db.system.name") == "redis").ToList();
        Assert.NotEmpty(commands);
        Assert.All(commands, span => Assert.Equal((SpanKind.Client, span.Attributes["db.operation.name"]), (span.Kind, span.Name)));

        var messages = spans.Where(span => span.Attributes.ContainsKey("messaging.system")).ToList();
        Assert.Equal(["process", "receive", "send"], messages.Select(span => span.Attributes["messaging.operation.type"]).Distinct().Order());
        Assert.All(messages, span => Assert.Equal($"{span.Attributes["messaging.operation.name"]} {span.Attributes["messaging.destination.name"]}", span.Name));
        Assert.All(messages, span => Assert.Equal(
            (span.Attributes["messaging.operation.type"] == "send" ? SpanKind.Producer : SpanKind.Consumer, "rabbitmq"), (span.Kind, span.Attributes["messaging.system"])));
        Assert.All(messages, span => Assert.Contains("messaging.message.id", span.Attributes.Keys));
    }

    [Theory]
    [InlineData("cart", "http_server_request_duration_seconds", "http_client_request_duration_seconds")]
    [InlineData("catalog", "http_server_request_duration_seconds", "db_client_operation_duration_seconds")]
    [InlineData("orders", "http_server_request_duration_seconds", "db_client_operation_duration_seconds")]
    public async Task Metrics_have_the_names_of_the_conventions_or_our_prefix(string service, params string[] stable)
    {
        await SpansAsync();
        using var management = shop.App.CreateHttpClient(service, "management");
        var families = FamilyOf().Matches(await management.GetStringAsync("/metrics")).Select(match => match.Groups[1].Value).ToList();

        Assert.Empty(stable.Except(families));
        // The conventions', the platform's, MassTransit's, ours.
        Assert.All(families, family => Assert.Matches("^(http_|db_client_|rpc_|dns_|dotnet_|kestrel_|aspnetcore_|messaging_masstransit_|shop_|target_info$|otel_)", family));
        // The conventions measure time in seconds; MassTransit does not.
        Assert.All(families.Where(family => !family.StartsWith("messaging_masstransit_", StringComparison.Ordinal)), family => Assert.DoesNotContain("milliseconds", family, StringComparison.Ordinal));
    }

    private async Task<IReadOnlyList<Span>> SpansAsync()
    {
        var visitor = new Visitor(shop);
        var sku = await shop.AnyProductAsync();
        await visitor.AvailableAsync(sku);
        await visitor.PutAsync(sku, quantity: 1);
        await visitor.SettledAsync(await visitor.CheckOutAsync());
        return await Eventually.ReadAsync(
            () => shop.Telemetry.SpansOfAsync(visitor.TraceId),
            // Each service sends its own in its own time.
            spans => spans.Any(span => span is { Service: "cart", Kind: SpanKind.Consumer }) && spans.Any(span => span.Attributes.GetValueOrDefault("db.system.name") == "redis")
                && spans.All(span => span.ParentId == visitor.SpanId || spans.Any(parent => parent.Id == span.ParentId))
                && spans.Count(span => span is { Service: "catalog", Kind: SpanKind.Server } && span.Attributes.ContainsKey("rpc.method"))
                    == spans.Count(span => span.Kind is SpanKind.Client && span.Attributes.ContainsKey("rpc.method")));
    }

    private static FrozenSet<string> NamesFor(Span span) =>
        span.Attributes.ContainsKey("db.system.name") ? _database :
        span.Attributes.ContainsKey("messaging.system") ? _messaging :
        span.Attributes.ContainsKey("rpc.method") ? _rpcOverHttp :
        _http;

    private static FrozenSet<string> Names(params string[] names) => names.ToFrozenSet(StringComparer.Ordinal);

    [GeneratedRegex(@"^# TYPE (\S+)", RegexOptions.Multiline)]
    private static partial Regex FamilyOf();
}

using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Aspire.Hosting.Testing;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>
/// Compares the names on spans and metrics with OpenTelemetry's semantic conventions (opentelemetry.io/docs/specs/semconv). Those of HTTP
/// and databases are stable, those of RPC and messaging are not yet. A library that adds or renames attributes makes these tests fail.
/// </summary>
[Collection(WholeApplication.Name)]
public sealed partial class SemanticConventionTests(ShopApp shop)
{
    private static readonly FrozenSet<string> _http = Names(
        "http.request.method", "http.response.status_code", "http.route", "url.path", "url.query", "url.scheme", "url.full",
        "server.address", "server.port", "network.protocol.version", "network.peer.address", "network.peer.port",
        "user_agent.original", "http.request.resend_count", "error.type");

    private static readonly FrozenSet<string> _rpcOverHttp = Names(["rpc.system.name", "rpc.method", "rpc.response.status_code", .. _http]);

    private static readonly FrozenSet<string> _database = Names(
        "db.system.name", "db.namespace", "db.operation.name", "db.query.text", "db.query.summary", "db.response.status_code",
        "server.address", "server.port", "network.peer.address", "network.peer.port", "error.type");

    private static readonly FrozenSet<string> _messaging = Names(
        "messaging.system", "messaging.operation.name", "messaging.operation.type", "messaging.destination.name", "messaging.message.id",
        "messaging.message.conversation_id", "messaging.message.body.size", "messaging.rabbitmq.destination.routing_key", "error.type");

    // Namespaces of the shop and of the libraries.
    private static readonly string[] _ownPrefixes = ["shop.", "session.id", "messaging.masstransit.", "db.npgsql.", "db.redis.", "aspire."];

    [Fact]
    public async Task Span_attributes_are_those_of_the_semantic_conventions()
    {
        var spans = await SpansAsync();

        Assert.All(spans, span =>
        {
            var unknown = span.Attributes
                .Where(attribute => !_ownPrefixes.Any(prefix => attribute.Key.StartsWith(prefix, StringComparison.Ordinal)))
                .Where(attribute => !NamesFor(span).Contains(attribute.Key))
                .ToList();
            Assert.True(unknown is [], $"{span.Service} {span.Kind} {span.Name}: {string.Join(", ", unknown)}");
        });
    }

    [Fact]
    public async Task Span_names_and_required_attributes_follow_the_semantic_conventions()
    {
        var spans = await SpansAsync();

        var requests = spans.Where(span => span.Kind is SpanKind.Server && !span.Attributes.ContainsKey("rpc.method")).ToList();
        Assert.NotEmpty(requests);
        Assert.All(requests, span =>
        {
            Assert.Equal($"{span.Attributes["http.request.method"]} {span.Attributes["http.route"]}", span.Name);
            AssertHas(span, "url.path", "url.scheme", "http.response.status_code", "server.address");
        });

        var calls = spans.Where(span => span.Attributes.ContainsKey("rpc.method")).ToList();
        Assert.Contains(calls, call => call.Kind is SpanKind.Client);
        Assert.Contains(calls, call => call.Kind is SpanKind.Server);
        Assert.All(calls, call => Assert.Equal(call.Attributes["rpc.method"], call.Name));
        Assert.All(calls, call => Assert.Equal("grpc", call.Attributes["rpc.system.name"]));

        // OK, or the status of an attempt that was retried.
        Assert.All(calls, call => Assert.Matches("^[A-Z_]+$", call.Attributes["rpc.response.status_code"]));

        var queries = spans.Where(span => span.Attributes.GetValueOrDefault("db.system.name") == "postgresql").ToList();
        Assert.NotEmpty(queries);
        Assert.All(queries, span =>
        {
            Assert.Equal((SpanKind.Client, span.Attributes["db.query.summary"]), (span.Kind, span.Name));
            AssertHas(span, "db.namespace", "db.query.text", "server.address");
        });

        var commands = spans.Where(span => span.Attributes.GetValueOrDefault("db.system.name") == "redis").ToList();
        Assert.NotEmpty(commands);
        Assert.All(commands, span => Assert.Equal((SpanKind.Client, span.Attributes["db.operation.name"]), (span.Kind, span.Name)));

        var messages = spans.Where(span => span.Attributes.ContainsKey("messaging.system")).ToList();
        Assert.Equal(
            ["process", "send"], messages.Select(span => span.Attributes["messaging.operation.type"]).Distinct().Order());
        Assert.All(messages, span =>
        {
            Assert.Equal($"{span.Attributes["messaging.operation.name"]} {span.Attributes["messaging.destination.name"]}", span.Name);
            Assert.Equal(span.Attributes["messaging.operation.type"] == "send" ? SpanKind.Producer : SpanKind.Consumer, span.Kind);
            Assert.Equal("rabbitmq", span.Attributes["messaging.system"]);
            AssertHas(span, "messaging.message.id");
        });
    }

    [Theory]
    [InlineData("cart", "http_server_request_duration_seconds", "messaging_client_operation_duration_seconds")]
    [InlineData("catalog", "http_server_request_duration_seconds", "db_client_operation_duration_seconds")]
    [InlineData("orders", "messaging_process_duration_seconds", "db_client_operation_duration_seconds")]
    public async Task Metric_names_follow_the_semantic_conventions_or_start_with_shop(string service, params string[] required)
    {
        await SpansAsync();
        using var management = shop.App.CreateHttpClient(service, "management");
        var metrics = await management.GetStringAsync("/metrics");
        var families = MetricFamilies().Matches(metrics).Select(match => match.Groups[1].Value).ToList();

        Assert.Empty(required.Except(families));

        // Those of the conventions, .NET and the shop.
        Assert.All(families, family => Assert.Matches(
            "^(http_|db_client_|rpc_|dns_|dotnet_|kestrel_|aspnetcore_|messaging_(process|client_operation)_duration_seconds$|shop_"
            + "|target_info$|otel_)",
            family));

        // The conventions measure time in seconds.
        Assert.DoesNotContain(families, family => family.Contains("milliseconds", StringComparison.Ordinal));
    }

    private static void AssertHas(Span span, params string[] attributes) => Assert.Empty(attributes.Except(span.Attributes.Keys));

    /// <summary>Shops and checks out, and returns the whole trace.</summary>
    private async Task<IReadOnlyList<Span>> SpansAsync()
    {
        var visitor = new Visitor(shop);
        var sku = await shop.AnyProductAsync();
        await visitor.AvailableAsync(sku);
        await visitor.PutAsync(sku, quantity: 1);
        await visitor.WaitForOutcomeAsync(await visitor.CheckOutAsync());
        return await Eventually.ReadAsync(
            () => shop.Telemetry.TraceSpansAsync(visitor.TraceId),
            // Each service exports its spans in its own batches.
            spans => spans.Any(span => span is { Service: "cart", Kind: SpanKind.Consumer })
                && spans.Any(span => span.Attributes.GetValueOrDefault("db.system.name") == "redis")
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
    private static partial Regex MetricFamilies();
}

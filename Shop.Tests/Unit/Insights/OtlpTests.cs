using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Shop.Insights.Spans;
using Shop.Insights.Spans.Otlp;
using Shop.Tests.Support;
using SpanKind = Shop.Insights.Spans.SpanKind;

namespace Shop.Tests.Unit.Insights;

/// <summary>How requests with spans are read.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class OtlpTests
{
    private static readonly DateTimeOffset _now = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());

    [Fact]
    public void Spans_that_the_exporter_of_OpenTelemetry_sends_are_read()
    {
        var handler = new CapturingHandler();
        using (var source = new ActivitySource("otlp-test"))
        using (Sdk.CreateTracerProviderBuilder()
            .AddSource(source.Name)
            .ConfigureResource(resource => resource.Clear().AddService("storefront"))
            .AddProcessor(new SimpleActivityExportProcessor(new OtlpTraceExporter(new()
            {
                Protocol = OtlpExportProtocol.HttpProtobuf,
                Endpoint = new("http://localhost/v1/traces"),
                HttpClientFactory = () => new HttpClient(handler),
            })))
            .Build())
        {
            using var parent = source.StartActivity("GET /cart", ActivityKind.Server)!;
            using var call = source.StartActivity("GET", ActivityKind.Client)!;
            call.SetTag("server.address", "localhost").SetTag("server.port", 15110).SetTag("http.response.status_code", 504);
            call.SetTag("session.id", "s1").SetTag("shop.sampling.adjusted_count", 2.5).SetTag("list", (string[])["a", "b"]);
            call.SetStatus(ActivityStatusCode.Error, "it failed");
            call.AddException(new TimeoutException("slow"));
            call.Stop();
            parent.Stop();
        }

        var spans = handler.Bodies.SelectMany(body => ReadProtobuf(body).Spans).ToList();
        Assert.Equal([SpanKind.Client, SpanKind.Server], spans.Select(span => span.Kind));
        var (client, server) = (spans[0], spans[1]);
        Assert.Equal((server.TraceId, server.SpanId, null), (client.TraceId, client.ParentId, server.ParentId));
        Assert.Equal(("storefront", "service", "localhost:15110"), (client.Service, client.PeerKind, client.Peer));
        Assert.Equal((504, "s1", 2.5), (client.HttpStatus, client.SessionId, client.AdjustedCount));
        Assert.Equal((true, "System.TimeoutException"), (client.Failed, client.ExceptionType));
        Assert.Equal((false, 1.0, "GET /cart"), (server.Failed, server.AdjustedCount, server.Name));
        Assert.InRange(_now - server.Time, TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Same_span_in_protobuf_and_in_JSON_is_the_same_row()
    {
        var body = new OtlpBody("cart", [CreateSpan(), CreateSpan() with { ParentId = null, ExceptionType = null, Status = 0 }]);

        var protobuf = ReadProtobuf(body.ToProtobuf()).Spans;
        var json = ReadJson(body.ToJson()).Spans;

        Assert.Equal(2, protobuf.Count);
        Assert.Equal(protobuf, json);
        var span = json[0];
        Assert.Equal(("cart", SpanKind.Client, TimeSpan.FromSeconds(2), true), (span.Service, span.Kind, span.Duration, span.Failed));
        Assert.Equal(("System.IO.IOException", 503, "/x", true), (span.ExceptionType, span.HttpStatus, span.Route, span.Synthetic));
        Assert.Equal(
            ("s1", "j1", "new", "checkout", "two_steps"),
            (span.SessionId, span.JourneyId, span.Segment, span.Experiment, span.Variant));
    }

    [Theory]
    [InlineData(3, "db.system.name=postgresql db.namespace=ordersdb", "database", "postgresql/ordersdb", "postgresql")]
    [InlineData(3, "db.system=postgresql db.name=ordersdb server.address=db", "database", "postgresql/ordersdb", "postgresql")]
    [InlineData(3, "db.system.name=redis db.namespace=0", "database", "redis", "redis")]
    [InlineData(4, "messaging.system=rabbitmq messaging.destination.name=order-confirmed", "messaging", "order-confirmed", "rabbitmq")]
    [InlineData(5, "messaging.system=rabbitmq", "messaging", "rabbitmq", "rabbitmq")]
    [InlineData(3, "net.peer.name=mail.example net.peer.port=25", "service", "mail.example:25", null)]
    [InlineData(2, "server.address=localhost", null, null, null)]
    [InlineData(1, "db.system.name=redis", null, null, null)]
    public void Peer_of_a_span_is_what_it_calls(int kind, string attributes, string? peerKind, string? peer, string? system)
    {
        var span = OtlpSpan.Create() with
        {
            Kind = kind,
            Attributes = attributes.Split(' ').Select(text => text.Split('=')).ToDictionary(pair => pair[0], pair => (object)pair[1]),
        };

        var row = Assert.Single(ReadProtobuf(new OtlpBody("a", [span]).ToProtobuf()).Spans);

        Assert.Equal((peerKind, peer, system), (row.PeerKind, row.Peer, row.System));
    }

    [Fact]
    public void Span_that_is_not_valid_is_rejected_with_a_reason_and_the_others_are_not()
    {
        var body = new OtlpBody("cart",
        [
            CreateSpan() with { TraceId = new('0', 32) }, CreateSpan(), CreateSpan() with { SpanId = "0102" },
            CreateSpan() with { Start = _now.AddDays(-30) }, CreateSpan() with { Start = DateTimeOffset.UnixEpoch },
        ]);

        var batch = ReadProtobuf(body.ToProtobuf());

        Assert.Equal((1, 4), (batch.Spans.Count, batch.Rejected));
        Assert.Equal("A trace id (traceId) must have 16 bytes that are not all zero, in JSON 32 hexadecimal digits.", batch.RejectReason);
        Assert.Equal(4, ReadJson(body.ToJson()).Rejected);
    }

    [Fact]
    public void Text_is_stored_as_PostgreSQL_can_store_it()
    {
        var span = OtlpSpan.Create() with { Name = $"a\0{new string('x', 125)}\U0001F600" };

        var row = Assert.Single(ReadJson(new OtlpBody("a", [span]).ToJson()).Spans);

        Assert.Equal($"a\uFFFD{new string('x', 125)}", row.Name);
    }

    [Theory]
    [InlineData("", "line 1")]
    [InlineData("{", "line 1")]
    [InlineData("[]", "must be an object")]
    [InlineData("""{"resourceSpans":{}}""", "resourceSpans must be an array")]
    [InlineData("""{"resourceSpans":[7]}""", "items of resourceSpans must be objects")]
    [InlineData("""{"resourceSpans":[{"resource":7}]}""", "resource must be an object")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[7]}]}]}""", "items of spans must be objects")]
    public void Body_that_is_no_JSON_of_the_protocol_is_explained(string body, string expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => ReadJson(Encoding.UTF8.GetBytes(body)));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind", "\"SPAN_KIND_CLIENT\"")]
    [InlineData("kind", "\"3\"")]
    [InlineData("kind", "3.0")]
    [InlineData("status", """{"code":"STATUS_CODE_ERROR"}""")]
    [InlineData("status", """{"code":"2","message":"it failed"}""")]
    [InlineData("startTimeUnixNano", "START")]
    [InlineData("startTimeUnixNano", "START.0")]
    [InlineData("startTimeUnixNano", "\"START\"")]
    [InlineData("startTimeUnixNano", "\"STARTe0\"")]
    [InlineData("traceId", "\"4BF92F3577B34DA6A3CE929D0E0E4736\"")]
    [InlineData("flags", "257")]
    [InlineData("trace_id", "7")]
    [InlineData("aFieldOfTheFuture", """{"kind":["x"]}""")]
    public void Member_of_a_JSON_span_is_read_in_each_form_that_senders_write_or_ignored(string name, string value)
    {
        var span = CreateJsonSpan();
        var expected = Assert.Single(ReadJson(ToRequest(span)).Spans);

        span[name] = JsonNode.Parse(value.Replace("START", span["startTimeUnixNano"]!.ToString(), StringComparison.Ordinal));
        var batch = ReadJson(ToRequest(span));

        Assert.Null(batch.RejectReason);
        Assert.Equal(expected, Assert.Single(batch.Spans));
    }

    [Theory]
    [InlineData("kind", "\"server\"", "kind must be a number, or one of SPAN_KIND_UNSPECIFIED")]
    [InlineData("kind", "true", "kind must be a whole number")]
    [InlineData("status", """{"code":"ERROR"}""", "code must be a number, or one of STATUS_CODE_UNSET")]
    [InlineData("status", "2", "status must be an object")]
    [InlineData("startTimeUnixNano", "\"-1\"", "startTimeUnixNano must be a whole number")]
    [InlineData("startTimeUnixNano", "1.5", "startTimeUnixNano must be a whole number")]
    [InlineData("endTimeUnixNano", "\"2026-11-27T12:00:00Z\"", "endTimeUnixNano must be a whole number")]
    [InlineData("endTimeUnixNano", "1e300", "endTimeUnixNano must be a whole number")]
    [InlineData("traceId", "7", "traceId must be a text")]
    [InlineData("traceId", "\"S/kvNXezTaajzpKdDg5HNg==\"", "32 hexadecimal digits")]
    [InlineData("spanId", "\"APBnqguQKrc=\"", "16 hexadecimal digits")]
    [InlineData("parentSpanId", "\"APBnqguQKrc=\"", "parentSpanId")]
    [InlineData("name", "\"\\ud800\"", "no Unicode")]
    [InlineData("attributes", "{}", "attributes must be an array")]
    [InlineData("events", "[7]", "items of events must be objects")]
    public void JSON_span_that_is_not_valid_is_rejected_alone_and_the_member_is_named(string name, string value, string expected)
    {
        var (span, other) = (CreateJsonSpan(), CreateJsonSpan());
        span[name] = JsonNode.Parse("0");
        var body = Encoding.UTF8.GetString(ToRequest(span, other))
            .Replace($"\"{name}\":0", $"\"{name}\":{value}", StringComparison.Ordinal);

        var batch = ReadJson(Encoding.UTF8.GetBytes(body));

        Assert.Equal((1, 1), (batch.Spans.Count, batch.Rejected));
        Assert.Contains(expected, batch.RejectReason, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_JSON_members_with_underscores_are_unknown_ones()
    {
        var request = Encoding.UTF8.GetString(ToRequest(CreateJsonSpan()));

        var span = ReadJson(Encoding.UTF8.GetBytes(request.Replace("\"traceId\"", "\"trace_id\"", StringComparison.Ordinal)));
        var all = ReadJson(Encoding.UTF8.GetBytes(request.Replace("\"resourceSpans\"", "\"resource_spans\"", StringComparison.Ordinal)));

        Assert.Contains("(traceId)", span.RejectReason, StringComparison.Ordinal);
        Assert.Equal((0, 0), (all.Spans.Count, all.Rejected));
    }

    [Fact]
    public void Attribute_of_nested_maps_and_a_byte_order_mark_are_read()
    {
        var body = new OtlpBody("cart", [OtlpSpan.Create()]).ToJson();
        var nested = string.Concat(Enumerable.Repeat("""{"kvlistValue":{"values":[{"key":"k","value":""", 20))
            + """{"stringValue":"v"}""" + string.Concat(Enumerable.Repeat("}]}}", 20));
        var text = Encoding.UTF8.GetString(body).Replace(
            "\"attributes\":[]", $"\"attributes\":[{{\"key\":\"gen_ai.input.messages\",\"value\":{nested}}}]", StringComparison.Ordinal);
        Assert.Contains("gen_ai", text, StringComparison.Ordinal);

        var batch = ReadJson([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text)]);

        Assert.Equal((1, 0), (batch.Spans.Count, batch.Rejected));
    }

    [Fact]
    public void JSON_that_is_nested_too_deeply_is_explained() =>
        Assert.Throws<InvalidDataException>(() => ReadJson(Encoding.UTF8.GetBytes(new string('[', 100_000))));

    [Fact]
    public void Bytes_of_any_kind_are_read_or_explained() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[0, 10_000], Gen.Byte).Sample((random, position, value) =>
        {
            // Bytes by chance, and a valid request in which one is wrong and the end may be missing.
            var damaged = new OtlpBody("cart", [CreateSpan()]).ToProtobuf();
            damaged[position % damaged.Length] = value;
            foreach (var body in (byte[][])[random, damaged, damaged[..(position % damaged.Length)]])
            {
                try
                {
                    ReadProtobuf(body);
                    ReadJson(body);
                }
                catch (InvalidDataException exception)
                {
                    Assert.NotEmpty(exception.Message);
                }
            }
        });

    [Fact]
    public void Request_of_many_empty_spans_is_refused_before_it_fills_the_memory()
    {
        // Two bytes each in protobuf, three in JSON.
        var spans = OtlpBody.Message(scope =>
        {
            for (var i = 0; i < 1_000_000; i++)
            {
                scope.WriteRawTag(0x12);
                scope.WriteLength(0);
            }
        });
        var body = OtlpBody.Message(request => OtlpBody.WriteMessage(
            request, 1, OtlpBody.Message(resource => OtlpBody.WriteMessage(resource, 2, spans))));
        var json = $$"""{"resourceSpans":[{"scopeSpans":[{"spans":[{{string.Join(',', Enumerable.Repeat("{}", 1_000_000))}}]}]}]}""";

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<OtlpLimitException>(() => ReadProtobuf(body));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
        Assert.Throws<OtlpLimitException>(() => ReadJson(Encoding.UTF8.GetBytes(json)));
    }

    [Theory]
    [InlineData("0.12:00:00", 50_000, "Retention")]
    [InlineData("7.00:00:00", 19_999, "QueueCapacity")]
    public void Span_setting_that_is_not_valid_is_named(string retention, int capacity, string expected)
    {
        var options = new SpanOptions { Retention = TimeSpan.Parse(retention, CultureInfo.InvariantCulture), QueueCapacity = capacity };

        Assert.Contains(expected, new SpanOptionsValidator().Validate(null, options).FailureMessage, StringComparison.Ordinal);
        Assert.True(new SpanOptionsValidator().Validate(null, new()).Succeeded);
    }

    private static JsonNode CreateJsonSpan() => JsonNode.Parse(
        new OtlpBody("cart", [CreateSpan() with { TraceId = "4bf92f3577b34da6a3ce929d0e0e4736" }]).ToJson())!
        ["resourceSpans"]![0]!["scopeSpans"]![0]!["spans"]![0]!.DeepClone();

    private static byte[] ToRequest(params JsonNode[] spans) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["resourceSpans"] = new JsonArray(new JsonObject
        {
            ["scopeSpans"] = new JsonArray(new JsonObject { ["spans"] = new JsonArray([.. spans.Select(span => span.DeepClone())]) }),
        }),
    });

    private static OtlpSpan CreateSpan() => OtlpSpan.Create(_now) with
    {
        ParentId = "00f067aa0ba902b7",
        Kind = 3,
        Duration = TimeSpan.FromSeconds(2),
        Status = 2,
        ExceptionType = "System.IO.IOException",
        Attributes = new Dictionary<string, object>
        {
            ["http.response.status_code"] = 503,
            ["http.route"] = "/x",
            ["server.address"] = "catalog",
            ["session.id"] = "s1",
            ["shop.journey.id"] = "j1",
            ["shop.user.segment"] = "new",
            ["shop.experiment.name"] = "checkout",
            ["shop.experiment.group"] = "two_steps",
            ["user_agent.synthetic.type"] = "test",
            ["another"] = true,
            ["shop.sampling.adjusted_count"] = 0.5,
        },
    };

    private static SpanBatch ReadProtobuf(byte[] body)
    {
        var batch = new SpanBatch(_now.AddDays(-7), _now.AddDays(1));
        OtlpProtobuf.Read(body, batch);
        return batch;
    }

    private static SpanBatch ReadJson(byte[] body)
    {
        var batch = new SpanBatch(_now.AddDays(-7), _now.AddDays(1));
        OtlpJson.Read(body, batch);
        return batch;
    }

    private sealed class CapturingHandler : HttpMessageHandler
    {
        public List<byte[]> Bodies { get; } = [];

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var body = new MemoryStream();
            request.Content!.CopyTo(body, null, cancellationToken);
            Bodies.Add(body.ToArray());
            return new(HttpStatusCode.OK) { Content = new ByteArrayContent([]) };
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(Send(request, cancellationToken));
    }
}

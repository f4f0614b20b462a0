using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Shop.Insights.Spans;
using Shop.Tests.Support;
using StatusCode = Grpc.Core.StatusCode;

namespace Shop.Tests.Component.Insights;

/// <summary>The gRPC method that receives spans, as a sender and an attacker meet it.</summary>
public sealed class SpanGrpcTests : IDisposable
{
    private const string Key = "the-service-key-of-the-span-tests";
    private const string KeyHeader = "Shop-Service-Key";
    private const string Path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

    private static readonly Marshaller<byte[]> _bytes = new(bytes => bytes, bytes => bytes);
    private static readonly Method<byte[], byte[]> _export =
        new(MethodType.Unary, "opentelemetry.proto.collector.trace.v1.TraceService", "Export", _bytes, _bytes);

    private readonly InProcessService _insights = InProcessService.StartInsights(
        settings:
        [
            ("Shop:ServiceKey", Key), ("Insights:Spans:QueueCapacity", "20000"), ("Shop:RequestLimits:Timeout", "00:00:02"),
            ("Kestrel:EndpointDefaults:Protocols", "Http2"),
        ]);

    private readonly GrpcChannel _channel;

    public SpanGrpcTests() => _channel = GrpcChannel.ForAddress(_insights.Client.BaseAddress!);

    private int Queued => _insights.Services.GetRequiredService<SpanQueue>().Count;

    public void Dispose()
    {
        _channel.Dispose();
        _insights.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Spans_are_accepted_over_gRPC_with_and_without_compression(bool isCompressed)
    {
        var response = await ExportAsync(CreateBody(2), isCompressed: isCompressed);

        // All of them were accepted: the message is empty.
        Assert.Empty(response);
        Assert.Equal(2, Queued);
    }

    [Fact]
    public void Spans_that_the_exporter_of_OpenTelemetry_sends_over_gRPC_are_accepted()
    {
        using var exporter = new OtlpTraceExporter(new()
        {
            Protocol = OtlpExportProtocol.Grpc,
            Endpoint = _insights.Client.BaseAddress!,
            Headers = $"{KeyHeader}={Key}",
        });
        using var source = new ActivitySource("otlp-grpc-test");
        using (Sdk.CreateTracerProviderBuilder()
            .AddSource(source.Name)
            .ConfigureResource(resource => resource.Clear().AddService("storefront"))
            .AddProcessor(new SimpleActivityExportProcessor(exporter))
            .Build())
        {
            source.StartActivity("GET /cart", ActivityKind.Server)!.Stop();
        }

        var span = Assert.Single(_insights.Services.GetRequiredService<SpanQueue>().Take(1));
        Assert.Equal(("storefront", "GET /cart"), (span.Service, span.Name));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("another-service-key-of-the-span-tests")]
    public async Task Call_of_others_than_services_is_UNAUTHENTICATED(string? key)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(() => ExportAsync(CreateBody(1), key));

        Assert.Equal((StatusCode.Unauthenticated, 0), (exception.StatusCode, Queued));
    }

    [Fact]
    public async Task Number_of_spans_that_are_not_valid_is_answered_over_gRPC_and_the_others_are_accepted()
    {
        var response = await ExportAsync(
            new OtlpBody("cart", [OtlpSpan.Create(), OtlpSpan.Create(DateTimeOffset.UtcNow.AddDays(-100))]).ToProtobuf());

        // partial_success = 1 { rejected_spans = 1: 1, error_message = 2: text }
        Assert.Equal([0x0A, (byte)(response.Length - 2), 0x08, 1, 0x12], response[..5]);
        Assert.EndsWith("for which spans are kept.", System.Text.Encoding.UTF8.GetString(response), StringComparison.Ordinal);
        Assert.Equal(1, Queued);
    }

    [Theory]
    [InlineData("no message", null, StatusCode.InvalidArgument)]
    [InlineData("prefix that ends", null, StatusCode.InvalidArgument)]
    [InlineData("message that ends", null, StatusCode.InvalidArgument)]
    [InlineData("length of 4 GiB", null, StatusCode.InvalidArgument)]
    [InlineData("two messages", null, StatusCode.InvalidArgument)]
    [InlineData("unknown flag", null, StatusCode.InvalidArgument)]
    [InlineData("no protobuf", null, StatusCode.InvalidArgument)]
    [InlineData("no gzip", "gzip", StatusCode.InvalidArgument)]
    [InlineData("compressed", "zstd", StatusCode.Unimplemented)]
    [InlineData("compressed", null, StatusCode.Unimplemented)]
    [InlineData("more than 4 MiB", null, StatusCode.ResourceExhausted)]
    [InlineData("1 GiB when decompressed", "gzip", StatusCode.ResourceExhausted)]
    [InlineData("30,000 empty spans", null, StatusCode.ResourceExhausted)]
    public async Task Call_that_is_not_valid_or_too_large_has_a_status_that_the_sender_does_not_repeat(
        string body, string? encoding, StatusCode expected)
    {
        byte[] bytes = body switch
        {
            "no message" => [],
            "prefix that ends" => [0, 0, 0],
            "message that ends" => Frame(CreateBody(1))[..^3],
            "length of 4 GiB" => [0, 0xFF, 0xFF, 0xFF, 0xFF, 1],
            "two messages" => [.. Frame(CreateBody(1)), .. Frame(CreateBody(1))],
            "unknown flag" => [2, 0, 0, 0, 0],
            "no protobuf" => Frame("this is no message"u8.ToArray()),
            "no gzip" => Frame("this is not compressed"u8.ToArray(), isCompressed: 1),
            "compressed" => Frame(Compress(CreateBody(1)), isCompressed: 1),
            "more than 4 MiB" => Frame(new byte[(4 * 1024 * 1024) + 1]),
            "1 GiB when decompressed" => Frame(CreateBomb(), isCompressed: 1),
            "30,000 empty spans" => Frame(CreateEmptySpans(30_000)),
            _ => throw new ArgumentOutOfRangeException(nameof(body)),
        };

        using var response = await PostAsync(new ByteArrayContent(bytes), encoding);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(expected, ReadStatus(response));
        Assert.NotEmpty(response.Headers.GetValues("grpc-message").Single());
        // Without the time to retry, RESOURCE_EXHAUSTED is final.
        Assert.False(response.Headers.Contains("grpc-status-details-bin"));
        Assert.Equal(0, Queued);
    }

    [Fact]
    public async Task Message_of_4_MiB_is_accepted()
    {
        var text = new string('x', (4 * 1024 * 1024) - 1000);
        var span = OtlpSpan.Create() with { Attributes = new Dictionary<string, object> { ["text"] = text } };

        Assert.Empty(await ExportAsync(new OtlpBody("cart", [span]).ToProtobuf()));
    }

    [Fact]
    public async Task Call_is_UNAVAILABLE_with_a_time_to_retry_while_the_queue_is_full()
    {
        // 18,000 of 20,000.
        var body = CreateBody(6000);
        foreach (var _ in Enumerable.Range(0, 3))
        {
            await ExportAsync(body);
        }

        var exception = await Assert.ThrowsAsync<RpcException>(() => ExportAsync(body));

        Assert.Equal((StatusCode.Unavailable, "The queue of spans is full."), (exception.StatusCode, exception.Status.Detail));
        var status = exception.GetRpcStatus()!;
        Assert.Equal(((int)StatusCode.Unavailable, exception.Status.Detail), (status.Code, status.Message));
        Assert.Equal(2, status.GetDetail<RetryInfo>()!.RetryDelay.Seconds);

        var queue = _insights.Services.GetRequiredService<SpanQueue>();
        queue.Release(queue.Take(int.MaxValue).Count);
        Assert.Empty(await ExportAsync(body));
    }

    [Fact]
    public async Task Senders_of_slow_messages_are_refused_after_the_timeout_and_take_no_more_than_their_places()
    {
        // Eight of them are read, and the ninth is told to come back.
        var responses = await Task.WhenAll(Enumerable.Range(0, 9).Select(_ => PostAsync(new StalledContent())));

        var busy = Assert.Single(responses, response => response.StatusCode == HttpStatusCode.OK);
        Assert.Equal(StatusCode.Unavailable, ReadStatus(busy));
        // A client of gRPC reports it as UNAVAILABLE.
        Assert.Equal(8, responses.Count(response => response.StatusCode == HttpStatusCode.ServiceUnavailable));
        Assert.Empty(await ExportAsync(CreateBody(1)));
        Assert.Equal(1, Queued);
    }

    [Theory]
    [InlineData("application/grpc; charset=utf-8")]
    [InlineData("application/grpc+proto; charset=utf-8")]
    public async Task Content_type_may_have_parameters_and_any_case(string type)
    {
        using var response = await PostAsync(new ByteArrayContent(Frame(CreateBody(1))), type: type);

        Assert.Equal((HttpStatusCode.OK, 1), (response.StatusCode, Queued));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/grpc-web")]
    [InlineData(null)]
    public async Task Call_of_another_content_type_is_answered_with_415(string? type)
    {
        using var response = await PostAsync(new ByteArrayContent(Frame(CreateBody(1))), type: type);

        Assert.Equal((HttpStatusCode.UnsupportedMediaType, 0), (response.StatusCode, Queued));
    }

    [Fact]
    public async Task Call_over_HTTP_1_1_is_answered_with_426()
    {
        using var insights = InProcessService.StartInsights(settings: ("Shop:ServiceKey", Key));
        using var request = CreateRequest(new ByteArrayContent(Frame(CreateBody(1))), "application/grpc");
        (request.Version, request.VersionPolicy) = (HttpVersion.Version11, HttpVersionPolicy.RequestVersionExact);

        using var response = await insights.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
    }

    private async Task<byte[]> ExportAsync(byte[] message, string? key = Key, bool isCompressed = false)
    {
        var headers = new Metadata();
        if (key is not null)
        {
            headers.Add(KeyHeader, key);
        }

        if (isCompressed)
        {
            // Grpc.Net.Client compresses the messages of a call that has this header, which it does not send.
            headers.Add("grpc-internal-encoding-request", "gzip");
        }

        using var call = _channel.CreateCallInvoker().AsyncUnaryCall(_export, null, new CallOptions(headers), message);
        return await call;
    }

    private Task<HttpResponseMessage> PostAsync(HttpContent content, string? encoding = null, string? type = "application/grpc")
    {
        var request = CreateRequest(content, type);
        if (encoding is not null)
        {
            request.Headers.Add("grpc-encoding", encoding);
        }

        return _insights.Client.SendAsync(request);
    }

    private static HttpRequestMessage CreateRequest(HttpContent content, string? type)
    {
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        return new(HttpMethod.Post, Path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
            Headers = { { KeyHeader, Key }, { "TE", "trailers" } },
        };
    }

    private static StatusCode ReadStatus(HttpResponseMessage response) =>
        (StatusCode)int.Parse(response.Headers.GetValues("grpc-status").Single(), System.Globalization.CultureInfo.InvariantCulture);

    private static byte[] CreateBody(int spans) =>
        new OtlpBody("cart", [.. Enumerable.Range(0, spans).Select(_ => OtlpSpan.Create())]).ToProtobuf();

    // resource_spans = 1 { scope_spans = 2 { spans = 2 {} ... } }
    private static byte[] CreateEmptySpans(int count)
    {
        byte[] spans = [.. Enumerable.Repeat<byte[]>([0x12, 0], count).SelectMany(bytes => bytes)];
        return OtlpBody.Message(request => OtlpBody.WriteMessage(
            request, 1, OtlpBody.Message(resource => OtlpBody.WriteMessage(resource, 2, spans))));
    }

    private static byte[] Frame(byte[] message, byte isCompressed = 0)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = isCompressed;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    private static byte[] Compress(byte[] body)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize))
        {
            gzip.Write(body);
        }

        return compressed.ToArray();
    }

    // A sequence of compressed parts is a compressed body.
    private static byte[] CreateBomb() => [.. Enumerable.Repeat(Compress(new byte[1024 * 1024]), 1024).SelectMany(bytes => bytes)];

    private sealed class StalledContent : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[] { 0 });
            await stream.FlushAsync();
            await Task.Delay(TimeSpan.FromSeconds(20));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

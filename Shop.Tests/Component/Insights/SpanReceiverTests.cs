using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Shop.Insights.Spans;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Insights;

/// <summary>The endpoint that receives spans, as a sender and an attacker meet it.</summary>
public sealed class SpanReceiverTests : IDisposable
{
    private const string Key = "the-service-key-of-the-span-tests";
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";

    private readonly InProcessService _insights = InProcessService.Start(
        "insights",
        settings: [("Shop:ServiceKey", Key), ("Insights:Spans:QueueCapacity", "20000"), ("Shop:RequestLimits:Timeout", "00:00:02")]);

    public void Dispose() => _insights.Dispose();

    [Theory]
    [InlineData(Protobuf, false)]
    [InlineData(Protobuf, true)]
    [InlineData(Json, false)]
    [InlineData(Json, true)]
    public async Task Spans_are_accepted_in_both_encodings_with_and_without_compression(string type, bool compressed)
    {
        var body = new OtlpBody("cart", [OtlpSpan.Create(), OtlpSpan.Create()]);
        var bytes = type == Json ? body.ToJson() : body.ToProtobuf();

        using var response = await SendAsync(compressed ? Compress(bytes) : bytes, type, compressed ? "gzip" : null);

        Assert.Equal((HttpStatusCode.OK, type), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        // All of them were accepted: the message is empty.
        Assert.Equal(type == Json ? "{}" : "", await response.Content.ReadAsStringAsync());
        Assert.Equal(2, Queued);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("another-service-key-of-the-span-tests")]
    public async Task Spans_of_others_than_services_are_refused(string? key)
    {
        using var response = await SendAsync(new OtlpBody("cart", [OtlpSpan.Create()]).ToProtobuf(), Protobuf, key: key);

        Assert.Equal((HttpStatusCode.Unauthorized, 0), (response.StatusCode, Queued));
    }

    [Fact]
    public async Task Number_of_spans_that_are_not_valid_is_answered_and_the_others_are_accepted()
    {
        var body = new OtlpBody("cart", [OtlpSpan.Create(), OtlpSpan.Create(DateTimeOffset.UtcNow.AddDays(-100))]);

        using var json = await SendAsync(body.ToJson(), Json);
        using var protobuf = await SendAsync(body.ToProtobuf(), Protobuf);

        var partial = JsonDocument.Parse(await json.Content.ReadAsStringAsync()).RootElement.GetProperty("partialSuccess");
        Assert.Equal("1", partial.GetProperty("rejectedSpans").GetString());
        const string Reason = "The time of a span is outside of the time for which spans are kept.";
        Assert.Equal(Reason, partial.GetProperty("errorMessage").GetString());
        // partial_success = 1 { rejected_spans = 1: 1, error_message = 2: text }
        byte[] expected = [0x0A, (byte)(Reason.Length + 4), 0x08, 1, 0x12, (byte)Reason.Length, .. Encoding.UTF8.GetBytes(Reason)];
        Assert.Equal(expected, await protobuf.Content.ReadAsByteArrayAsync());
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, 2), (json.StatusCode, protobuf.StatusCode, Queued));
    }

    [Theory]
    [InlineData(Protobuf, null, "this is no message")]
    [InlineData(Protobuf, "gzip", "this is not compressed")]
    [InlineData(Json, null, "this is no JSON")]
    [InlineData(Json, null, """{"resourceSpans":7}""")]
    public async Task Body_that_cannot_be_decoded_is_answered_with_400_and_a_reason(string type, string? encoding, string body)
    {
        using var response = await SendAsync(Encoding.UTF8.GetBytes(body), type, encoding);

        Assert.Equal((HttpStatusCode.BadRequest, type), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        Assert.Null(response.Headers.RetryAfter); // the sender must not repeat it
        Assert.NotEmpty(await ReadMessageAsync(response));
    }

    [Theory]
    [InlineData("x-gzip", true)]
    [InlineData("identity", false)]
    [InlineData("", false)]
    public async Task Other_names_of_encodings_are_accepted(string encoding, bool compressed)
    {
        var bytes = new OtlpBody("cart", [OtlpSpan.Create()]).ToProtobuf();

        using var response = await SendAsync(compressed ? Compress(bytes) : bytes, Protobuf, encoding);

        Assert.Equal((HttpStatusCode.OK, 1), (response.StatusCode, Queued));
    }

    [Theory]
    [InlineData("text/plain", null)]
    [InlineData(null, null)]
    [InlineData(Protobuf, "br")]
    [InlineData(Protobuf, "gzip, gzip")]
    public async Task Type_and_encoding_that_are_not_supported_are_answered_with_415(string? type, string? encoding)
    {
        using var response = await SendAsync([1, 2, 3], type, encoding);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task Body_of_3_MiB_is_larger_than_those_of_other_endpoints_and_is_accepted_by_the_server()
    {
        using var insights = InProcessService.StartInsights(settings: ("Shop:ServiceKey", Key));
        var span = OtlpSpan.Create() with { Attributes = new Dictionary<string, object> { ["text"] = new string('x', 3 * 1024 * 1024) } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/traces")
        {
            Content = new ByteArrayContent(new OtlpBody("cart", [span]).ToProtobuf()) { Headers = { ContentType = new(Protobuf) } },
            Headers = { { "Shop-Service-Key", Key } },
        };

        using var response = await insights.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(1, insights.Services.GetRequiredService<SpanQueue>().Count);
    }

    [Fact]
    public async Task Body_of_more_than_4_MiB_is_answered_with_413()
    {
        using var response = await SendAsync(new byte[(4 * 1024 * 1024) + 1], Protobuf);

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, null), (response.StatusCode, response.Headers.RetryAfter));
        Assert.Contains("4194304 bytes", await ReadMessageAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_of_2_MiB_that_expands_to_2_GiB_is_answered_with_413_and_not_expanded()
    {
        // A sequence of compressed parts is a compressed body.
        var part = Compress(new byte[1024 * 1024]);
        var bomb = Enumerable.Repeat(part, 2048).SelectMany(bytes => bytes).ToArray();
        Assert.InRange(bomb.Length, 1024 * 1024, 4 * 1024 * 1024);

        using var response = await SendAsync(bomb, Protobuf, "gzip");

        // An array cannot have 2 GiB: without a limit, the answer would be 500.
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Spans_are_refused_with_503_and_a_time_to_retry_while_the_queue_is_full()
    {
        // 18,000 of 20,000.
        var body = new OtlpBody("cart", [.. Enumerable.Range(0, 6000).Select(_ => OtlpSpan.Create())]).ToProtobuf();
        foreach (var _ in Enumerable.Range(0, 3))
        {
            using var accepted = await SendAsync(body, Protobuf);
            Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
        }

        using var refused = await SendAsync(body, Protobuf);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 18_000), (refused.StatusCode, Queued));
        Assert.True(refused.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Assert.Equal("The queue of spans is full.", await ReadMessageAsync(refused));

        var queue = _insights.Services.GetRequiredService<SpanQueue>();
        queue.Release(queue.Take(int.MaxValue).Count);
        using var again = await SendAsync(body, Protobuf);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
    }

    [Fact]
    public async Task Senders_of_slow_bodies_are_refused_after_the_timeout_and_take_no_more_than_their_places()
    {
        // Eight of them are read, and the ninth is told to come back.
        var slow = Enumerable.Range(0, 9).Select(_ => SendAsync(new StalledContent())).ToList();
        var responses = await Task.WhenAll(slow);
        using var after = await SendAsync(new OtlpBody("cart", [OtlpSpan.Create()]).ToProtobuf(), Protobuf);

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode));
        var busy = Assert.Single(responses, response => response.Headers.RetryAfter is not null);
        Assert.Equal("Too many requests are being read.", await ReadMessageAsync(busy));
        Assert.Equal((HttpStatusCode.OK, 1), (after.StatusCode, Queued));
    }

    private int Queued => _insights.Services.GetRequiredService<SpanQueue>().Count;

    private Task<HttpResponseMessage> SendAsync(byte[] body, string? type, string? encoding = null, string? key = Key)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = type is null ? null : new MediaTypeHeaderValue(type);
        if (encoding is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        }

        return SendAsync(content, key);
    }

    private Task<HttpResponseMessage> SendAsync(HttpContent content, string? key = Key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/traces") { Content = content };
        if (key is not null)
        {
            request.Headers.Add("Shop-Service-Key", key);
        }

        return _insights.Client.SendAsync(request);
    }

    // google.rpc.Status { message = 2 }
    private static async Task<string> ReadMessageAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsByteArrayAsync();
        if (response.Content.Headers.ContentType!.MediaType == Json)
        {
            return JsonDocument.Parse(body).RootElement.GetProperty("message").GetString()!;
        }

        using var input = new Google.Protobuf.CodedInputStream(body);
        Assert.Equal(2, Google.Protobuf.WireFormat.GetTagFieldNumber(input.ReadTag()));
        return input.ReadString();
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

    private sealed class StalledContent : HttpContent
    {
        public StalledContent() => Headers.ContentType = new(Protobuf);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(new byte[] { 1 });
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

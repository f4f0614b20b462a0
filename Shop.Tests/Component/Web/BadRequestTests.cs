using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

/// <summary>What a caller learns about a request that cannot be read.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class BadRequestTests : IAsyncLifetime
{
    private readonly TestService _service = TestService.Build(map: app =>
    {
        app.MapPost("/api/orders", (Order order) => order.Count);
        app.MapGet("/api/unavailable", string () => throw new TimeoutException());
        app.MapGet("/api/orders", (int limit, DateTimeOffset? since, [FromHeader(Name = "X-Page")] int? page) => limit);
    });

    public Task InitializeAsync() => _service.StartAsync();

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Theory]
    [InlineData("""{"count":"many"}""", "count", "Must be a whole number from -2147483648 to 2147483647.")]
    [InlineData("""{"count":1.5}""", "count", "Must be a whole number from -2147483648 to 2147483647.")]
    [InlineData("""{"count":99999999999}""", "count", "Must be a whole number from -2147483648 to 2147483647.")]
    [InlineData("""{"count":null}""", "count", "Must be a whole number from -2147483648 to 2147483647.")]
    [InlineData("""{"count":"2"}""", "count", "Must be a whole number from -2147483648 to 2147483647.")]
    [InlineData("""{"lines":[{"sku":"A","price":"1.5"}]}""", "lines[0].price", "Must be a number.")]
    [InlineData("""{"gift":"yes"}""", "gift", "Must be true or false.")]
    [InlineData("""{"id":"7"}""", "id", "Must be a UUID.")]
    [InlineData("""{"at":"today"}""", "at", "Must be a date and time: 2026-01-31T12:00:00Z.")]
    [InlineData("""{"note":7}""", "note", "Must be text in UTF-8.")]
    [InlineData("""{"note":"\ud800"}""", "note", "Must be text in UTF-8.")]
    [InlineData("""{"lines":{}}""", "lines", "Must be a list.")]
    [InlineData("""{"lines":[{"sku":"A"},{"sku":"B","price":"free"}]}""", "lines[1].price", "Must be a number.")]
    [InlineData("""{"lines":["A"]}""", "lines[0]", "Must be an object.")]
    public async Task Value_of_the_wrong_kind_is_named_with_what_it_must_be(string body, string field, string reason)
    {
        var problem = await PostAsync(Encoding.UTF8.GetBytes(body), HttpStatusCode.BadRequest);

        var error = Assert.Single(problem.GetProperty("errors").EnumerateObject());
        Assert.Equal((field, reason), (error.Name, error.Value[0].GetString()));
    }

    [Fact]
    public async Task Text_that_is_not_UTF8_is_named()
    {
        var problem = await PostAsync([.. "{\"note\":\""u8, 0xC3, 0x28, .. "\"}"u8], HttpStatusCode.BadRequest);

        Assert.Equal("Must be text in UTF-8.", problem.GetProperty("errors").GetProperty("note")[0].GetString());
    }

    [Theory]
    [InlineData("count=1", "Line 1, byte 1.")]
    [InlineData("{\"count\":1,\n\"note\":}", "Line 2, byte 8.")]
    [InlineData("{\"count\":1", "Line 1, byte 11.")]
    [InlineData("{\"count\":1}{}", "Line 1, byte 12.")]
    [InlineData("{\"count\":many}", "Line 1, byte 10.")]
    public async Task Body_that_is_not_JSON_is_answered_with_the_position(string body, string position)
    {
        var problem = await PostAsync(Encoding.UTF8.GetBytes(body), HttpStatusCode.BadRequest);

        Assert.Equal("invalid_json", problem.GetProperty("code").GetString());
        Assert.Equal("The body is not valid JSON in UTF-8.", problem.GetProperty("title").GetString());
        Assert.Equal(position, problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    public async Task Body_of_the_wrong_kind_is_answered_with_what_it_must_be(string body)
    {
        var problem = await PostAsync(Encoding.UTF8.GetBytes(body), HttpStatusCode.BadRequest);

        Assert.Equal("invalid_body", problem.GetProperty("code").GetString());
        Assert.EndsWith("Must be an object.", problem.GetProperty("title").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    public async Task Missing_body_is_answered_as_such(string body)
    {
        var problem = await PostAsync(Encoding.UTF8.GetBytes(body), HttpStatusCode.BadRequest);

        Assert.Equal("body_required", problem.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/json; charset=utf-16")]
    public async Task Unknown_media_type_is_answered_with_the_known_one(string contentType)
    {
        var problem = await PostAsync("{}"u8.ToArray(), HttpStatusCode.UnsupportedMediaType, contentType);

        Assert.Contains("application/json", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("identity, br")]
    public async Task Compressed_body_is_answered_as_such(string encoding)
    {
        using var content = new ByteArrayContent([0x1F, 0x8B, 8, 0]) { Headers = { { "Content-Type", "application/json" } } };
        content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        using var response = await _service.Client.PostAsync("/api/orders", content);

        var problem = await ReadAsync(response, HttpStatusCode.UnsupportedMediaType);
        Assert.Equal("unsupported_content_encoding", problem.GetProperty("code").GetString());
        Assert.Equal("identity", Assert.Single(response.Headers.GetValues("Accept-Encoding")));
    }

    [Fact]
    public async Task Body_in_the_identity_encoding_is_read()
    {
        using var content = new ByteArrayContent("{}"u8.ToArray()) { Headers = { { "Content-Type", "application/json" } } };
        content.Headers.TryAddWithoutValidation("Content-Encoding", "Identity");
        using var response = await _service.Client.PostAsync("/api/orders", content);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Unavailable_dependency_has_a_code()
    {
        using var response = await _service.Client.GetAsync("/api/unavailable");

        var problem = await ReadAsync(response, HttpStatusCode.ServiceUnavailable);
        Assert.Equal("unavailable", problem.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("?limit=many", null, "limit", "Must be a whole number from -2147483648 to 2147483647.")]
    [InlineData("", null, "limit", "Required.")]
    [InlineData("?limit=1&since=today", null, "since", "Must be a date and time: 2026-01-31T12:00:00Z.")]
    [InlineData("?limit=1", "last", "X-Page", "Must be a whole number from -2147483648 to 2147483647.")]
    public async Task Parameter_of_the_wrong_kind_is_named_with_what_it_must_be(
        string query, string? header, string parameter, string reason)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/orders{query}");
        if (header is not null)
        {
            request.Headers.Add("X-Page", header);
        }

        using var response = await _service.Client.SendAsync(request);

        var error = Assert.Single((await ReadAsync(response, HttpStatusCode.BadRequest)).GetProperty("errors").EnumerateObject());
        Assert.Equal((parameter, reason), (error.Name, error.Value[0].GetString()));
    }

    [Fact]
    public async Task Name_that_the_caller_made_up_is_cut()
    {
        var problem = await PostAsync(
            Encoding.UTF8.GetBytes($"{{\"tags\":{{\"{new string('x', 5000)}\":7}}}}"), HttpStatusCode.BadRequest);

        Assert.InRange(Assert.Single(problem.GetProperty("errors").EnumerateObject()).Name.Length, 1, 200);
    }

    [Fact]
    public async Task Unreadable_request_is_no_error_of_the_service()
    {
        await PostAsync("{"u8.ToArray(), HttpStatusCode.BadRequest);

        var span = Assert.Single(await _service.Spans.WaitForSpansAsync(1));
        Assert.Equal(System.Diagnostics.ActivityStatusCode.Unset, span.Status);
        Assert.Empty(span.Events);
        Assert.NotEmpty(_service.Records);
        Assert.DoesNotContain(_service.Records, record => record.LogLevel >= LogLevel.Warning);
    }

    private async Task<JsonElement> PostAsync(byte[] body, HttpStatusCode status, string contentType = "application/json")
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        using var response = await _service.Client.PostAsync("/api/orders", content);
        return await ReadAsync(response, status);
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        Assert.Equal((status, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        var text = await response.Content.ReadAsStringAsync();
        Assert.DoesNotMatch("System\\.|Exception|Path:| at |BytePositionInLine|Order", text);
        return JsonDocument.Parse(text).RootElement;
    }

    internal sealed record Order(
        int Count = 1,
        bool Gift = false,
        Guid? Id = null,
        DateTimeOffset? At = null,
        string? Note = null,
        Line[]? Lines = null,
        Dictionary<string, string>? Tags = null);

    internal sealed record Line(string Sku, decimal Price = 0);
}

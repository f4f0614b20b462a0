using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

[Collection(TracingTestGroup.Name)]
public sealed class HeadTests : IAsyncLifetime
{
    private readonly TestService _service = TestService.Build(map: app =>
    {
        app.MapGet("/api/items", () => new[] { "é", "item" });
        app.MapGet("/api/text", () => "text");
        app.MapGet("/api/unchanged", () => TypedResults.StatusCode(StatusCodes.Status304NotModified));
        app.MapGet("/api/method", (HttpContext context) => context.Response.Headers["X-Method"] = context.Request.Method);
        app.MapPost("/api/items", () => "");
        app.MapPost("/api/orders", () => "");
    });

    public Task InitializeAsync() => _service.StartAsync();

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Theory]
    [InlineData("/api/items")]
    [InlineData("/api/text")]
    [InlineData("/api/unchanged")]
    [InlineData("/api/nowhere")]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task HEAD_is_answered_as_GET_without_content(string path)
    {
        using var get = await _service.Client.GetAsync(path);
        using var head = await HeadAsync(path);

        Assert.Equal(get.StatusCode, head.StatusCode);
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        var length = (await get.Content.ReadAsByteArrayAsync()).Length;
        // The ids in problem details have a fixed length.
        Assert.Equal(length == 0 ? null : $"{length}", GetContentLength(head));
    }

    [Fact]
    public async Task HEAD_is_not_allowed_where_GET_is_not()
    {
        using var response = await HeadAsync("/api/orders");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task Method_that_is_not_allowed_gets_405_with_those_that_are()
    {
        using var response = await _service.Client.DeleteAsync("/api/items");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["GET", "HEAD", "POST"], response.Content.Headers.Allow.Order());
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Handler_and_telemetry_see_HEAD()
    {
        using var response = await HeadAsync("/api/method");
        Assert.Equal(["HEAD"], response.Headers.GetValues("X-Method"));
        var span = Assert.Single(await _service.Spans.WaitForSpansAsync(1));
        Assert.Equal("HEAD /api/method", span.DisplayName);
        var record = Assert.Single(_service.Records, record => record.EventId.Name == "request.completed");
        Assert.Equal("HEAD", record.Values()["Method"]);
    }

    // As it was sent: the client computes it where the header is missing.
    private static string? GetContentLength(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Length", out var values) ? values.ToString() : null;

    private async Task<HttpResponseMessage> HeadAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        return await _service.Client.SendAsync(request);
    }
}

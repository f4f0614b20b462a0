using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;

namespace Shop.Tests.Unit.ServiceDefaults.Http;

/// <summary>How much one caller may ask of a service, and in which form.</summary>
[Collection(Services.Name)]
public sealed class RequestLimitTests
{
    [Fact]
    public async Task Who_asks_too_often_is_told_when_to_ask_again()
    {
        await using var service = await StartAsync(("Shop:RequestLimits:ClientPerSecond", "1"), ("Shop:RequestLimits:ClientBurst", "3"));
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(service, "/api/things"));

        using var refused = await service.Client.GetAsync("/api/things");
        await AssertRefusedAsync(refused, HttpStatusCode.TooManyRequests);
        Assert.True(refused.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(service, "/heard"));
    }

    [Fact]
    public async Task One_cart_is_asked_for_so_often_and_another_is_not_the_poorer_for_it()
    {
        await using var service = await StartAsync(("Shop:RequestLimits:CartPerSecond", "1"), ("Shop:RequestLimits:CartBurst", "2"));
        for (var i = 0; i < 2; i++)
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(service, "/api/carts/mine"));

        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(service, "/api/carts/mine"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(service, "/api/carts/yours"));
    }

    [Fact]
    public async Task A_body_has_its_limit()
    {
        await using var service = await StartAsync(("Shop:RequestLimits:MaxBodyBytes", "1024"));
        using var fits = await SendAsync(service, new string('x', 1000), "application/json");
        Assert.Equal(HttpStatusCode.OK, fits.StatusCode);

        using var refused = await SendAsync(service, new string('x', 1100), "application/json");
        await AssertRefusedAsync(refused, HttpStatusCode.RequestEntityTooLarge);
    }

    [Theory]
    [InlineData("application/json", true)]
    [InlineData("application/json; charset=utf-8", true)]
    [InlineData("application/json; charset=\"UTF-8\"", true)]
    [InlineData("application/json; charset=utf-7", false)]
    [InlineData("application/json; charset=latin1", false)]
    [InlineData("application/json; charset=nonsense", false)]
    [InlineData("text/plain", false)]
    public async Task A_body_is_JSON_in_UTF8(string contentType, bool taken)
    {
        await using var service = await StartAsync();
        using var answer = await SendAsync(service, "x", contentType);
        if (taken)
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        else
            await AssertRefusedAsync(answer, HttpStatusCode.UnsupportedMediaType);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("image/*;q=0.1")]
    [InlineData("nonsense")]
    public async Task A_refusal_leads_to_its_trace_whatever_its_caller_would_rather_read(string accept)
    {
        await using var service = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/nowhere");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var refused = await service.Client.SendAsync(request);
        await AssertRefusedAsync(refused, HttpStatusCode.NotFound);
    }

    private static Task<TestService> StartAsync(params (string Name, string? Value)[] settings) => TestService.StartAsync(
        map: app =>
        {
            app.MapGet("/api/things", () => "");
            app.MapGet("/api/carts/{cartId}", (string cartId) => cartId);
            app.MapPost("/api/things", (Dictionary<string, string> body) => body.Count);
        },
        settings: settings);

    private static async Task<HttpResponseMessage> SendAsync(TestService service, string value, string contentType)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes($$"""{"a":"{{value}}"}"""));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return await service.Client.PostAsync("/api/things", content);
    }

    private static async Task<HttpStatusCode> StatusAsync(TestService service, string path)
    {
        using var answer = await service.Client.GetAsync(path);
        return answer.StatusCode;
    }

    private static async Task AssertRefusedAsync(HttpResponseMessage answer, HttpStatusCode status)
    {
        Assert.Equal((status, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(32, problem.RootElement.GetProperty("traceId").GetString()!.Length);
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

[Collection(TracingTestGroup.Name)]
public sealed class RequestLimitTests
{
    [Fact]
    public async Task Client_over_its_rate_limit_gets_429_with_Retry_After()
    {
        await using var service = await StartAsync(
            ("Shop:RequestLimits:Client:RequestsPerSecond", "1"), ("Shop:RequestLimits:Client:Burst", "3"));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await GetStatusAsync(service, "/api/items"));
        }

        using var rejected = await service.Client.GetAsync("/api/items");
        await AssertProblemAsync(rejected, HttpStatusCode.TooManyRequests);
        Assert.True(rejected.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, await GetStatusAsync(service, "/echo"));
    }

    [Fact]
    public async Task Rate_limit_by_route_value_is_per_value()
    {
        await using var service = await StartAsync(
            ("Shop:RequestLimits:RouteValues:cartId:RequestsPerSecond", "1"), ("Shop:RequestLimits:RouteValues:cartId:Burst", "2"));
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await GetStatusAsync(service, "/api/carts/first"));
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, await GetStatusAsync(service, "/api/carts/first"));
        Assert.Equal(HttpStatusCode.OK, await GetStatusAsync(service, "/api/carts/second"));
    }

    [Fact]
    public async Task Body_over_the_limit_gets_413()
    {
        await using var service = await StartAsync(("Shop:RequestLimits:MaxBodyBytes", "1024"));
        using var fits = await SendAsync(service, new string('x', 1000), "application/json");
        Assert.Equal(HttpStatusCode.OK, fits.StatusCode);

        using var rejected = await SendAsync(service, new string('x', 1100), "application/json");
        await AssertProblemAsync(rejected, HttpStatusCode.RequestEntityTooLarge);
    }

    [Theory]
    [InlineData("application/json", true)]
    [InlineData("application/json; charset=utf-8", true)]
    [InlineData("application/json; charset=\"UTF-8\"", true)]
    [InlineData("application/json; charset=utf-7", false)]
    [InlineData("application/json; charset=latin1", false)]
    [InlineData("application/json; charset=nonsense", false)]
    [InlineData("text/plain", false)]
    public async Task Body_that_is_not_JSON_in_UTF8_gets_415(string contentType, bool accepted)
    {
        await using var service = await StartAsync();
        using var response = await SendAsync(service, "x", contentType);
        if (accepted)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
        else
        {
            await AssertProblemAsync(response, HttpStatusCode.UnsupportedMediaType);
        }
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("image/*;q=0.1")]
    [InlineData("nonsense")]
    public async Task Errors_are_problem_details_whatever_the_Accept_header(string accept)
    {
        await using var service = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/nowhere");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var rejected = await service.Client.SendAsync(request);
        await AssertProblemAsync(rejected, HttpStatusCode.NotFound);
    }

    private static Task<TestService> StartAsync(params (string Name, string? Value)[] settings)
    {
        var service = TestService.Build(
            map: app =>
            {
                app.MapGet("/api/items", () => "");
                app.MapGet("/api/carts/{cartId}", (string cartId) => cartId);
                app.MapPost("/api/items", (Dictionary<string, string> body) => body.Count);
            },
            settings: settings);
        return service.StartAsync();
    }

    private static async Task<HttpResponseMessage> SendAsync(TestService service, string value, string contentType)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes($$"""{"a":"{{value}}"}"""));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return await service.Client.PostAsync("/api/items", content);
    }

    private static async Task<HttpStatusCode> GetStatusAsync(TestService service, string path)
    {
        using var response = await service.Client.GetAsync(path);
        return response.StatusCode;
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        Assert.Equal((status, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(32, problem.RootElement.GetProperty("traceId").GetString()!.Length);
    }
}

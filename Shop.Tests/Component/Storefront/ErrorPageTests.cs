using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Shop.Storefront.Edge.Errors;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Storefront;

[Collection(TracingTestGroup.Name)]
public sealed class ErrorPageTests
{
    private const string Browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    [Theory]
    [InlineData("GET", "/nowhere", HttpStatusCode.NotFound)]
    [InlineData("PUT", "/", HttpStatusCode.MethodNotAllowed)]
    [InlineData("POST", "/", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/sso/authorize", HttpStatusCode.ServiceUnavailable)]
    public async Task Browser_gets_a_page_with_the_request_id_and_a_way_on(string method, string path, HttpStatusCode status)
    {
        using var storefront = InProcessService.StartStorefront(settings: ("services:identity:http:0", "http://127.0.0.1:1"));

        using var response = await SendAsync(storefront.Client, method, path);

        var page = await AssertPageAsync(response, status);
        Assert.Contains("href=\"/\"", page, StringComparison.Ordinal);
        Assert.Equal(status == HttpStatusCode.ServiceUnavailable, page.Contains("Try again", StringComparison.Ordinal));
        foreach (var part in (string[])["class=\"site-header\"", "role=\"search\"", "href=\"/cart\"", "class=\"site-footer\""])
        {
            Assert.Contains(part, page, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("/nowhere", "application/json", HttpStatusCode.NotFound)]
    [InlineData("/nowhere", "*/*", HttpStatusCode.NotFound)]
    [InlineData("/api/v1/nowhere", Browser, HttpStatusCode.NotFound)]
    [InlineData("/api/v1/products", Browser, HttpStatusCode.ServiceUnavailable)]
    [InlineData("/payment/confirm", Browser, HttpStatusCode.ServiceUnavailable)]
    [InlineData("/sso/token", "application/json", HttpStatusCode.ServiceUnavailable)]
    public async Task Program_gets_problem_details(string path, string accept, HttpStatusCode status)
    {
        using var storefront = InProcessService.StartStorefront(settings:
        [
            .. ((string[])["catalog", "orders", "identity"]).Select(name => ($"services:{name}:http:0", (string?)"http://127.0.0.1:1")),
        ]);

        using var response = await SendAsync(storefront.Client, "GET", path, accept);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal((int)status, problem.RootElement.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task Page_over_the_rate_limit_is_a_page_that_says_when_to_come_back()
    {
        using var storefront = InProcessService.StartStorefront(settings:
            [("Shop:RequestLimits:Address:Burst", "1"), ("Shop:RequestLimits:Address:RequestsPerSecond", "1")]);
        HttpResponseMessage response;
        do
        {
            response = await SendAsync(storefront.Client, "GET", "/nowhere");
        }
        while (response.StatusCode == HttpStatusCode.NotFound);

        await AssertPageAsync(response, HttpStatusCode.TooManyRequests);
        Assert.NotNull(response.Headers.RetryAfter);
        response.Dispose();
    }

    [Fact]
    public async Task Fault_of_a_page_is_503_without_a_word_about_the_code()
    {
        await using var service = await TestService.Build(
            builder => builder.AddErrorPages(),
            app => app.MapGet("/fault", string () => throw new InvalidOperationException("the secret reason")),
            environment: "Development",
            settings: ("Shop:Edge:Enabled", "true")).StartAsync();

        using var response = await SendAsync(service.Client, "GET", "/fault?q=%22%3E%3Cscript%3E");

        var page = await AssertPageAsync(response, HttpStatusCode.ServiceUnavailable);
        Assert.NotNull(response.Headers.RetryAfter);
        Assert.Contains("/fault?q=%22%3E%3Cscript%3E", page, StringComparison.Ordinal);
        foreach (var word in (string[])["secret", "Exception", "<script", " at Shop."])
        {
            Assert.DoesNotContain(word, page, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData("//attacker.example/fault")]
    [InlineData("/%5Cattacker.example/fault")]
    public async Task Address_of_another_host_is_no_way_on(string path)
    {
        await using var service = await TestService.Build(
            builder => builder.AddErrorPages(),
            app => app.MapFallback(string () => throw new InvalidOperationException()),
            settings: ("Shop:Edge:Enabled", "true")).StartAsync();

        using var response = await SendAsync(service.Client, "GET", $"http://{service.GetAddress("http").Authority}{path}");

        Assert.DoesNotContain("attacker", await AssertPageAsync(response, HttpStatusCode.ServiceUnavailable), StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string method, string path, string accept = Browser)
    {
        using var request = new HttpRequestMessage(new(method), path);
        foreach (var type in accept.Split(','))
        {
            request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(type));
        }

        if (method == "POST")
        {
            request.Content = new FormUrlEncodedContent([]);
        }

        return await client.SendAsync(request);
    }

    private static async Task<string> AssertPageAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        var page = await response.Content.ReadAsStringAsync();
        Assert.Contains(Assert.Single(response.Headers.GetValues("X-Request-Id")), page, StringComparison.Ordinal);
        Assert.Contains("<h1>", page, StringComparison.Ordinal);
        return page;
    }
}

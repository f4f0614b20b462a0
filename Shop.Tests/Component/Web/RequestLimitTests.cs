using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Web;

[Collection(TracingTestGroup.Name)]
public sealed class RequestLimitTests
{
    [Fact]
    public async Task Caller_over_its_rate_limit_gets_429_with_Retry_After()
    {
        await using var service = await StartAsync(Limit("Address", 3));
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await GetStatusAsync(service, "/api/items"));
        }

        // On a busy machine, the limit may have allowed another one meanwhile.
        using var rejected = await Eventually.ReadAsync(
            () => service.Client.GetAsync("/api/items"), response => response.StatusCode is HttpStatusCode.TooManyRequests);
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

    [Theory]
    [InlineData("nothing")]
    [InlineData("baggage")]
    [InlineData("session token")]
    [InlineData("cart")]
    [InlineData("forwarded address")]
    [InlineData("wrong service key")]
    public async Task Caller_cannot_change_what_it_sends_to_escape_the_limit_of_its_address(string change)
    {
        await using var service = await StartAsync(
        [
            ("Shop:Edge:Enabled", "true"),
            ("Shop:Proxies:Trusted", "192.0.2.0/24"),
            .. Limit("Address", 3),
            .. Limit("RouteValues:cartId", 1),
        ]);
        var rejected = 0;
        for (var i = 0; i < 10; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, change == "cart" ? $"/api/carts/cart-{i}" : "/api/items");
            var (name, value) = change switch
            {
                "baggage" => ("baggage", $"session.id=s-{i}"),
                "session token" => ("Cookie", $"shop-session=CfDJ8{i}"),
                "forwarded address" => ("X-Forwarded-For", $"198.51.100.{i}"),
                "wrong service key" => ("Shop-Service-Key", $"{TestService.ServiceKey}{i}"),
                _ => ("X-Nothing", $"{i}"),
            };
            request.Headers.Add(name, value);
            using var response = await service.Client.SendAsync(request);
            rejected += response.StatusCode == HttpStatusCode.TooManyRequests ? 1 : 0;
        }

        // The test may last so long that a token or two are added.
        Assert.InRange(rejected, 4, 7);
    }

    [Fact]
    public async Task Callers_behind_a_trusted_proxy_have_limits_of_their_own()
    {
        await using var service = await StartAsync([("Shop:Proxies:Trusted", "127.0.0.1, 10.0.0.0/8"), .. Limit("Address", 1)]);

        Assert.Equal(HttpStatusCode.OK, await GetStatusAsync(service, "/api/items", "198.51.100.1"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await GetStatusAsync(service, "/api/items", "198.51.100.1"));
        Assert.Equal(HttpStatusCode.OK, await GetStatusAsync(service, "/api/items", "198.51.100.2"));

        // The last address that a trusted proxy has seen counts, not what its caller has added before.
        Assert.Equal(HttpStatusCode.TooManyRequests, await GetStatusAsync(service, "/api/items", "203.0.113.9, 198.51.100.2, 10.1.2.3"));
    }

    [Fact]
    public async Task IPv6_callers_of_one_64_network_share_a_limit()
    {
        await using var service = await StartAsync([("Shop:Proxies:Trusted", "127.0.0.1"), .. Limit("Address", 1)]);

        Assert.Equal(HttpStatusCode.OK, await GetStatusAsync(service, "/api/items", "2001:db8:0:1::1"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await GetStatusAsync(service, "/api/items", "2001:db8:0:1:ffff::2"));
        Assert.Equal(HttpStatusCode.OK, await GetStatusAsync(service, "/api/items", "2001:db8:0:2::1"));
    }

    [Fact]
    public async Task Session_with_a_token_has_a_limit_at_all_addresses_together()
    {
        await using var service = await StartAsync(
            [("Shop:Edge:Enabled", "true"), ("Shop:Proxies:Trusted", "127.0.0.1"), .. Limit("Session", 2)]);
        var (first, second) = (await GetSessionCookieAsync(service), await GetSessionCookieAsync(service));

        Assert.Equal(HttpStatusCode.OK, await GetStatusAsync(service, "/api/items", "198.51.100.1", first));
        Assert.Equal(HttpStatusCode.OK, await GetStatusAsync(service, "/api/items", "198.51.100.2", first));
        Assert.Equal(HttpStatusCode.TooManyRequests, await GetStatusAsync(service, "/api/items", "198.51.100.3", first));
        Assert.Equal(HttpStatusCode.OK, await GetStatusAsync(service, "/api/items", "198.51.100.3", second));
    }

    [Fact]
    public async Task Other_services_are_not_limited()
    {
        await using var service = await StartAsync(Limit("Address", 1));
        for (var i = 0; i < 5; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/items");
            request.Headers.Add("Shop-Service-Key", TestService.ServiceKey);
            using var response = await service.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.0.0.0/8", true)]
    [InlineData("192.0.2.1", false)]
    [InlineData("", false)]
    public async Task Session_cookie_is_Secure_on_HTTPS_that_a_trusted_proxy_reports(string trusted, bool secure)
    {
        await using var service = await StartAsync(("Shop:Edge:Enabled", "true"), ("Shop:Proxies:Trusted", trusted));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/echo");
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-For", "198.51.100.1");
        using var response = await service.Client.SendAsync(request);

        var cookie = response.Headers.GetValues("Set-Cookie").Single();
        Assert.Equal(secure, cookie.Contains("; secure", StringComparison.OrdinalIgnoreCase));
        Assert.StartsWith(secure ? "__Host-shop-session=" : "shop-session=", cookie, StringComparison.Ordinal);

        using var next = new HttpRequestMessage(HttpMethod.Get, "/echo");
        next.Headers.Add("X-Forwarded-Proto", "https");
        next.Headers.Add("X-Forwarded-For", "198.51.100.1");
        next.Headers.Add("Cookie", cookie.Split(';')[0]);
        using var nextResponse = await service.Client.SendAsync(next);
        Assert.False(nextResponse.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("everybody")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/8 10.1.0.0/16")]
    public async Task Proxy_that_is_no_address_stops_the_service_at_its_start(string trusted)
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(("Shop:Proxies:Trusted", trusted)));
        Assert.Contains("Trusted", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_that_takes_too_long_gets_503()
    {
        await using var service = await StartAsync(("Shop:RequestLimits:Timeout", "00:00:01"));
        using var response = await service.Client.GetAsync("/api/endless");
        await AssertProblemAsync(response, HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task Headers_over_16_KiB_get_431()
    {
        await using var service = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/items");
        request.Headers.Add("X-Large", new string('x', 17 * 1024));
        using var response = await service.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, response.StatusCode);
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
                app.MapGet("/api/endless", (CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken));
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

    private static (string Name, string? Value)[] Limit(string name, int burst) =>
        [($"Shop:RequestLimits:{name}:RequestsPerSecond", "1"), ($"Shop:RequestLimits:{name}:Burst", $"{burst}")];

    private static async Task<HttpStatusCode> GetStatusAsync(
        TestService service, string path, string? forwardedFor = null, string? cookie = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (forwardedFor is not null)
        {
            request.Headers.Add("X-Forwarded-For", forwardedFor);
        }

        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }

        using var response = await service.Client.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task<string> GetSessionCookieAsync(TestService service)
    {
        using var response = await service.Client.GetAsync("/echo");
        return response.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        Assert.Equal((status, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(32, problem.RootElement.GetProperty("traceId").GetString()!.Length);
    }
}

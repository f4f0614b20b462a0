using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Shop.Storefront.Edge.Proxy;
using Shop.Telemetry.Journeys;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Shop.Tests.Component.Storefront;

[Collection(TracingTestGroup.Name)]
public sealed class ServiceProxyTests : IAsyncLifetime
{
    private const string Product = "/api/v1/products/mug";
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string SpanId = "00f067aa0ba902b7";

    private TestService? _service;
    private InProcessService? _storefront;

    public async Task InitializeAsync()
    {
        _service = await StartServiceAsync();
        _storefront = StartStorefront(["catalog", "cart", "orders", "identity"], _service);
    }

    public async Task DisposeAsync()
    {
        _storefront!.Dispose();
        await _service!.DisposeAsync();
    }

    [Fact]
    public async Task Header_that_is_not_ASCII_is_forwarded()
    {
        using var storefront = StartStorefront(["catalog"], _service!);
        using var client = new HttpClient(
            new SocketsHttpHandler { RequestHeaderEncodingSelector = static (_, _) => System.Text.Encoding.UTF8 });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(storefront.Client.BaseAddress!, Product));
        request.Headers.TryAddWithoutValidation("X-Note", "é");

        using var response = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/api/v1/products", "catalog")]
    [InlineData("GET", "/api/v1/products/mug", "catalog")]
    [InlineData("GET", "/api/v1/categories", "catalog")]
    [InlineData("GET", "/api/v1/carts/c1", "cart")]
    [InlineData("PUT", "/api/v1/carts/c1/lines/mug", "cart")]
    [InlineData("POST", "/api/v1/carts/c1/checkout", "cart")]
    [InlineData("GET", "/api/v1/orders", "orders")]
    [InlineData("POST", "/api/v1/orders/00000000-0000-0000-0000-000000000001/cancel", "orders")]
    [InlineData("POST", "/api/v1/admin/products", "catalog")]
    [InlineData("POST", "/api/v1/admin/products/mug/stock/adjustments", "catalog")]
    [InlineData("DELETE", "/api/v1/admin/orders/00000000-0000-0000-0000-000000000001/recipient", "orders")]
    [InlineData("POST", "/payment/confirm", "orders")]
    [InlineData("GET", "/sso/authorize", "identity")]
    public async Task Request_reaches_the_service_of_its_path_with_its_query_and_method(string method, string path, string service)
    {
        using var storefront = StartStorefront([service], _service!);

        using var response = await storefront.Client.SendAsync(new(new(method), $"{path}?a=1&b=%C3%A4"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal([$"{method} {path}?a=1&b=%C3%A4"], response.Headers.GetValues("X-Received"));
    }

    [Theory]
    [InlineData("/internal/v1/checkouts/00000000-0000-0000-0000-000000000001")]
    [InlineData("/admin/health")]
    [InlineData("/metrics")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/scalar")]
    [InlineData("/api/v1")]
    [InlineData("/api/v1/admin/errors")]
    [InlineData("/api/v2/products")]
    [InlineData("/shop.catalog.v1.Catalog/GetProducts")]
    [InlineData("/api/v1/orders/../../../internal/v1/checkouts/1")]
    [InlineData("/api/v1/orders/..%2F..%2F..%2Finternal/v1/checkouts/1")]
    [InlineData("/api/v1/orders/%2e%2e/%2e%2e/%2e%2e/metrics")]
    [InlineData("/api/v1/orders/%252e%252e/%252e%252e/%252e%252e/metrics")]
    [InlineData("/api/v1/orders/..\\..\\..\\metrics")]
    [InlineData("/api/v1/orders/..;/..;/..;/metrics")]
    [InlineData("//internal/v1/checkouts/1")]
    public async Task Path_that_is_not_public_does_not_reach_a_service(string path)
    {
        var (status, received) = await SendRawAsync($"GET {path} HTTP/1.1");

        Assert.NotEqual(503, status);
        Assert.True(received.Length == 0 || received.StartsWith("GET /api/v1/orders/", StringComparison.Ordinal), $"{status} {received}");
        Assert.DoesNotContain("/../", received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Service_gets_the_context_of_the_edge_and_nothing_that_the_caller_claims()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Product);
        foreach (var (name, value) in ((string, string)[])
        [
            ("Shop-Service-Key", "forged"), ("X-Request-Id", "forged"), ("traceparent", $"00-{TraceId}-{SpanId}-01"),
            ("tracestate", "forged=1"), ("baggage", "session.id=forged,shop.user.segment=member"), ("Request-Id", "forged"),
            ("Correlation-Context", "forged=1"), ("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Host", "forged.example"),
            ("X-Forwarded-Proto", "forged"), ("X-Forwarded-Prefix", "/forged"), ("Forwarded", "for=forged"), ("Cookie", "forged=1"),
        ])
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        using var response = await _storefront!.Client.SendAsync(request);

        var received = (await response.Content.ReadFromJsonAsync<ReceivedRequest>())!;
        Assert.Equal([TestService.ServiceKey], received.Headers["shop-service-key"]);
        Assert.Single(received.Headers["baggage"]);
        Assert.Single(received.Headers["traceparent"]);
        Assert.NotEqual(TraceId, received.TraceId);
        Assert.Matches("^[0-9a-f]{32}$", received.Baggage[JourneyKeys.SessionId]);
        Assert.Equal("new", received.Baggage[JourneyKeys.UserSegment]);
        Assert.Equal(received.RequestId, Assert.Single(response.Headers.GetValues("X-Request-Id")));
        Assert.DoesNotContain("cookie", received.Headers.Keys);
        var all = received.Headers.Values.SelectMany(values => values).Concat(received.Baggage.Values).ToList();
        Assert.NotEmpty(all);
        Assert.All(all, value => Assert.DoesNotContain("forged", value, StringComparison.Ordinal));
        Assert.DoesNotContain("192.0.2.1", all);
    }

    [Fact]
    public async Task Key_sent_in_any_spelling_or_number_does_not_make_the_caller_a_service()
    {
        foreach (var headers in (string[])
        [
            "shop-service-key: x\r\nSHOP-SERVICE-KEY: y",
            "Shop-Service-Key:\r\nShop-Service-Key: x",
            "Connection: close, Shop-Service-Key, baggage\r\nShop-Service-Key: x",
            "baggage: session.id=forged\r\nBaggage: shop.user.segment=member",
        ])
        {
            var (status, body) = await SendRawAsync($"GET {Product} HTTP/1.1\r\n{headers}", body: true);

            Assert.Equal(200, status);
            var received = JsonSerializer.Deserialize<ReceivedRequest>(body, JsonSerializerOptions.Web)!;
            Assert.Equal([TestService.ServiceKey], received.Headers["shop-service-key"]);
            Assert.Equal("new", received.Baggage[JourneyKeys.UserSegment]);
        }
    }

    [Fact]
    public async Task Sign_in_gets_its_cookies_and_the_host_that_the_browser_knows()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/sso/login");
        request.Headers.Add("Cookie", "identity=1");
        request.Headers.Host = "shop.example";

        using var response = await _storefront!.Client.SendAsync(request);

        var received = (await response.Content.ReadFromJsonAsync<ReceivedRequest>())!;
        Assert.Equal(["shop.example"], received.Headers["host"]);
        Assert.Equal(["identity=1"], received.Headers["cookie"]);
    }

    [Fact]
    public async Task Policy_of_a_service_takes_the_place_of_that_of_the_edge()
    {
        using var response = await _storefront!.Client.GetAsync("/sso/page");

        Assert.Equal(["default-src 'none'"], response.Headers.GetValues("Content-Security-Policy"));
    }

    [Fact]
    public async Task Session_of_a_caller_without_cookies_is_in_a_header_that_the_service_does_not_get()
    {
        using var first = new HttpRequestMessage(HttpMethod.Get, Product);
        first.Headers.Add("X-Shop-Session", "");
        using var firstResponse = await _storefront!.Client.SendAsync(first);
        var token = Assert.Single(firstResponse.Headers.GetValues("X-Shop-Session"));
        var received = (await firstResponse.Content.ReadFromJsonAsync<ReceivedRequest>())!;

        using var second = new HttpRequestMessage(HttpMethod.Get, Product);
        second.Headers.Add("X-Shop-Session", token);
        using var secondResponse = await _storefront.Client.SendAsync(second);
        var next = (await secondResponse.Content.ReadFromJsonAsync<ReceivedRequest>())!;

        Assert.Equal(received.Baggage[JourneyKeys.SessionId], next.Baggage[JourneyKeys.SessionId]);
        Assert.DoesNotContain("x-shop-session", next.Headers.Keys);
    }

    [Theory]
    [InlineData("/api/v1/orders/1?a=b#c", "/api/v1/orders/1?a=b#c")]
    [InlineData("{service}/api/v1/orders/1?a=b#c", "/api/v1/orders/1?a=b#c")]
    [InlineData("http://{host}/login/callback?code=1", "/login/callback?code=1")]
    [InlineData("https://{host}/login/callback?code=1", "/login/callback?code=1")]
    [InlineData("https://partner.example/callback", "https://partner.example/callback")]
    public async Task Location_of_a_service_is_a_path_of_the_public_host(string location, string expected)
    {
        var host = _storefront!.Client.BaseAddress!.Authority;
        location = location.Replace("{service}", _service!.GetAddress("http").GetLeftPart(UriPartial.Authority), StringComparison.Ordinal)
            .Replace("{host}", host, StringComparison.Ordinal);

        using var response = await _storefront.Client.GetAsync($"/sso/redirect?to={Uri.EscapeDataString(location)}");

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Equal(expected, Assert.Single(response.Headers.GetValues("Location")));
    }

    [Theory]
    [InlineData(Product)]
    [InlineData("/sso/authorize")]
    public async Task Service_that_is_away_is_503_with_problem_details(string path)
    {
        using var storefront = InProcessService.StartStorefront(settings:
        [
            ("services:catalog:http:0", "http://127.0.0.1:1"), ("services:identity:http:0", "http://127.0.0.1:1"),
        ]);

        var elapsed = Stopwatch.StartNew();
        using var response = await storefront.Client.GetAsync(path);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("unavailable", (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
        Assert.True(elapsed.Elapsed < TimeSpan.FromSeconds(5), $"{elapsed.Elapsed}");
    }

    [Fact]
    public async Task Service_that_does_not_answer_is_503_with_problem_details()
    {
        using var storefront = StartStorefront(["catalog"], _service!, ("Shop:RequestLimits:Timeout", "00:00:01"));

        using var response = await storefront.Client.GetAsync("/api/v1/products/hang");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Read_that_a_replica_does_not_answer_is_sent_again_on_another_connection()
    {
        using var storefront = StartStorefront(["catalog"], _service!);

        using var response = await storefront.Client.GetAsync("/api/v1/products/hang-once");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Request_of_the_sign_in_is_sent_once()
    {
        using var storefront = StartStorefront(["identity"], _service!, ("Shop:RequestLimits:Timeout", "00:00:02"));

        using var response = await storefront.Client.GetAsync("/sso/hang-once");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task Body_over_the_limit_is_413_and_does_not_reach_the_service()
    {
        using var response = await _storefront!.Client.PutAsync(
            "/api/v1/carts/c1/lines/mug", new StringContent(new string('x', 65 * 1024), Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task No_request_fails_when_a_replica_dies()
    {
        var dying = await StartServiceAsync();
        using var storefront = StartStorefront([], _service!,
            ("services:catalog:http:0", Address(dying)), ("services:catalog:http:1", Address(_service!)));
        await Eventually.ReadAsync(() => PostAsync(storefront), replica => replica == Address(dying));

        await dying.DisposeAsync();

        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(Address(_service!), await PostAsync(storefront));
        }
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task No_request_fails_when_the_machine_of_a_replica_is_cut_off(string method)
    {
        await using var unreachable = await StartServiceAsync();
        using var network = new NetworkConnection(unreachable.GetAddress("http"));
        using var storefront = StartStorefront([], _service!,
            ("services:catalog:http:0", network.Address), ("services:catalog:http:1", Address(_service!)));
        await Eventually.ReadAsync(() => SendAsync(storefront, method), replica => replica == Address(unreachable));

        await network.CutAsync();

        // At the same time, so that both get some: of two replicas, the one with fewer requests gets the next one.
        var replicas = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SendAsync(storefront, method)));
        Assert.All(replicas, replica => Assert.Equal(Address(_service!), replica));
    }

    [Fact]
    public async Task Replica_that_dies_or_hangs_is_out_within_two_seconds_and_in_again_when_it_answers()
    {
        var hanging = await StartServiceAsync();
        var address = Address(hanging);
        using var storefront = StartStorefront([], _service!,
            ("services:catalog:http:0", address), ("services:catalog:http:1", Address(_service!)));
        Task<DestinationHealth> GetHealthAsync() => Task.FromResult(storefront.Services.GetRequiredService<IProxyStateLookup>()
            .GetClusters().Single(cluster => cluster.ClusterId == "catalog").Destinations.Values
            .Single(replica => address == replica.Model.Config.Address.TrimEnd('/')).Health.Active);
        await Eventually.ReadAsync(GetHealthAsync, health => health == DestinationHealth.Healthy);

        hanging.Services.GetRequiredService<HealthSwitch>().IsHanging = true;
        await Eventually.ReadAsync(GetHealthAsync, health => health == DestinationHealth.Unhealthy);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(Address(_service!), await PostAsync(storefront));
        }

        hanging.Services.GetRequiredService<HealthSwitch>().IsHanging = false;
        await Eventually.ReadAsync(GetHealthAsync, health => health == DestinationHealth.Healthy);
        await Eventually.ReadAsync(() => PostAsync(storefront), replica => replica == address);

        await hanging.DisposeAsync();
        await Eventually.ReadAsync(GetHealthAsync, health => health == DestinationHealth.Unhealthy);

        // The time is the setting's: a test that measured it would measure the machine.
        var clusters = ServiceRoutes.CreateClusters(TimeSpan.FromSeconds(10));
        Assert.NotEmpty(clusters);
        Assert.All(clusters, cluster => Assert.True(
            cluster.HealthCheck!.Active!.Interval + cluster.HealthCheck.Active.Timeout < TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public async Task Replicas_get_requests_also_when_none_of_them_is_healthy()
    {
        await using var other = await StartServiceAsync();
        using var storefront = StartStorefront([], _service!,
            ("services:catalog:http:0", Address(_service!)), ("services:catalog:http:1", Address(other)));

        foreach (var replica in (TestService[])[_service!, other])
        {
            replica.Services.GetRequiredService<HealthSwitch>().IsHanging = true;
        }

        await Eventually.ReadAsync(
            () => Task.FromResult(storefront.Services.GetRequiredService<IProxyStateLookup>().GetClusters()
                .Single(cluster => cluster.ClusterId == "catalog").Destinations.Values),
            replicas => replicas.All(replica => replica.Health.Active == DestinationHealth.Unhealthy));
        Assert.Contains(await PostAsync(storefront), (string[])[Address(_service!), Address(other)]);
    }

    [Fact]
    public async Task Only_replica_is_not_probed_until_there_is_another_one()
    {
        await using var only = await StartServiceAsync();
        await using var other = await StartServiceAsync();
        using var storefront = StartStorefront([], _service!,
            ("services:catalog:http:0", Address(only)),
            ("services:orders:http:0", Address(_service!)), ("services:orders:http:1", Address(other)));

        // All services are probed at the start, and each one every second from then on.
        await WaitForChecksAsync(other, 3);
        Assert.Equal(0, only.Services.GetRequiredService<HealthSwitch>().Count);
        Assert.Equal(Address(only), await PostAsync(storefront));

        storefront.Services.GetRequiredService<IConfiguration>()["services:catalog:http:1"] = Address(other);
        ((IConfigurationRoot)storefront.Services.GetRequiredService<IConfiguration>()).Reload();
        await WaitForChecksAsync(only, 1);

        static Task WaitForChecksAsync(TestService service, int count) => Eventually.ReadAsync(
            () => Task.FromResult(service.Services.GetRequiredService<HealthSwitch>().Count), checks => checks >= count);
    }

    [Fact]
    public async Task Requests_are_limited_by_address_and_cart_on_every_path()
    {
        (string, string?)[] limits =
        [
            ("Shop:RequestLimits:Address:Burst", "6"), ("Shop:RequestLimits:Address:RequestsPerSecond", "1"),
            ("Shop:RequestLimits:RouteValues:cartId:Burst", "2"), ("Shop:RequestLimits:RouteValues:cartId:RequestsPerSecond", "1"),
        ];
        using var storefront = StartStorefront(["catalog", "cart", "orders", "identity"], _service!, limits);
        async Task<HttpStatusCode> GetAsync(string path)
        {
            using var response = await storefront.Client.GetAsync(path);
            return response.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, await GetAsync("/api/v1/carts/c1"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync("/api/v1/carts/c1/lines/mug"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await GetAsync("/api/v1/carts/c1"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync("/sso/authorize"));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync("/nowhere"));
        foreach (var path in (string[])["/sso/authorize", "/nowhere", "/"])
        {
            // The test may last so long that a token is added.
            await Eventually.ReadAsync(() => GetAsync(path), status => status == HttpStatusCode.TooManyRequests);
        }

        Assert.NotEqual(HttpStatusCode.TooManyRequests, await GetAsync("/health"));
    }

    [Fact]
    public async Task Webhooks_are_limited_by_those_that_the_service_has_not_verified()
    {
        using var storefront = StartStorefront(
            ["orders"], _service!, ("Shop:RequestLimits:Address:Burst", "3"), ("Shop:RequestLimits:Address:RequestsPerSecond", "1"));
        async Task<HttpStatusCode> PostAsync(string query)
        {
            using var response = await storefront.Client.PostAsync($"/payment/confirm{query}", new StringContent("{}"));
            return response.StatusCode;
        }

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await PostAsync(""));
            Assert.Equal(HttpStatusCode.Conflict, await PostAsync("?status=409"));
        }

        await Eventually.ReadAsync(() => PostAsync("?status=401"), status => status == HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Webhooks_that_arrive_at_once_do_not_exceed_the_limit_of_those_that_are_not_verified()
    {
        const int Burst = 3;
        using var storefront = StartStorefront(
            ["orders"],
            _service!,
            ("Shop:RequestLimits:Address:Burst", $"{Burst}"), ("Shop:RequestLimits:Address:RequestsPerSecond", "1"));
        var elapsed = Stopwatch.StartNew();

        var statuses = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            using var response = await storefront.Client.PostAsync("/payment/confirm?status=401", new StringContent("{}"));
            return response.StatusCode;
        }));

        // A token is added in each second.
        Assert.InRange(
            statuses.Count(status => status == HttpStatusCode.Unauthorized), 1, Burst + (int)elapsed.Elapsed.TotalSeconds);
        Assert.All(statuses, status => Assert.True(status is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests));
    }

    private static string Address(TestService service) => service.GetAddress("http").ToString().TrimEnd('/');

    private static InProcessService StartStorefront(
        string[] names, TestService service, params (string Name, string? Value)[] settings) => InProcessService.StartStorefront(
            settings:
            [
                ("Shop:ServiceKey", TestService.ServiceKey),
                .. names.Select(name => ($"services:{name}:http:0", (string?)Address(service))),
                .. settings,
            ]);

    // A POST is not repeated by the connection, as a GET is.
    private static Task<string> PostAsync(InProcessService storefront) => SendAsync(storefront, "POST");

    private static async Task<string> SendAsync(InProcessService storefront, string method)
    {
        using var request = new HttpRequestMessage(new(method), "/api/v1/products/mug");
        request.Content = method == "POST" ? new StringContent("{}") : null;
        using var response = await storefront.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return Assert.Single(response.Headers.GetValues("X-Replica"));
    }

    private static Task<TestService> StartServiceAsync() => TestService.Build(
        builder =>
        {
            builder.Services.AddSingleton<HealthSwitch>();
            builder.Services.AddHealthChecks().AddCheck<HealthSwitch>("switch");
        },
        app =>
        {
            app.MapGet("/sso/page", (HttpResponse response) => { response.Headers.ContentSecurityPolicy = "default-src 'none'"; });
            app.MapGet("/sso/redirect", (string to) => Results.Redirect(to));
            app.MapGet("/api/v1/products/hang", (CancellationToken cancellationToken) =>
                Task.Delay(Timeout.Infinite, cancellationToken));
            var hangs = true;
            foreach (var path in (string[])["/api/v1/products/hang-once", "/sso/hang-once"])
            {
                app.MapGet(path, (CancellationToken cancellationToken) =>
                    Interlocked.Exchange(ref hangs, false) ? Task.Delay(Timeout.Infinite, cancellationToken) : Task.CompletedTask);
            }

            app.Map("/{**path}", (HttpContext context) =>
            {
                context.Response.Headers["X-Replica"] = $"http://{context.Connection.LocalIpAddress}:{context.Connection.LocalPort}";
                context.Response.Headers["X-Received"] =
                    $"{context.Request.Method} {context.Request.Path.ToUriComponent()}{context.Request.QueryString}";
                if (context.Request.Query["status"] is [{ } status])
                {
                    context.Response.StatusCode = int.Parse(status, CultureInfo.InvariantCulture);
                }

                return ReceivedRequest.From(context);
            });
        }).StartAsync();

    // HttpClient would normalize the path and join the headers.
    private async Task<(int Status, string Received)> SendRawAsync(string request, bool body = false)
    {
        var address = _storefront!.Client.BaseAddress!;
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        var stream = client.GetStream();
        var connection = request.Contains("Connection:", StringComparison.Ordinal) ? "" : "Connection: close\r\n";
        await stream.WriteAsync(Encoding.Latin1.GetBytes($"{request}\r\nHost: {address.Authority}\r\n{connection}\r\n"));
        var response = await new StreamReader(stream, Encoding.Latin1).ReadToEndAsync();
        var status = int.Parse(response.Split(' ')[1], CultureInfo.InvariantCulture);
        if (body)
        {
            return (status, response[response.IndexOf('{', StringComparison.Ordinal)..(response.LastIndexOf('}') + 1)]);
        }

        var received = response.Split("\r\n").FirstOrDefault(line => line.StartsWith("X-Received: ", StringComparison.Ordinal));
        return (status, received?["X-Received: ".Length..] ?? "");
    }

    private sealed class HealthSwitch : IHealthCheck
    {
        public volatile bool IsHanging;

        private int _count;

        public int Count => Volatile.Read(ref _count);

        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _count);
            while (IsHanging)
            {
                await Task.Delay(20, cancellationToken);
            }

            return HealthCheckResult.Healthy();
        }
    }
}

using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shop.Telemetry.Events;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Jumps;

[Collection(TracingTestGroup.Name)]
public sealed class JumpTests : IAsyncLifetime
{
    private readonly TestService _service = TestService.Build(map: app =>
    {
        app.MapGet("/", () => "");
        app.MapGet("/orders/{orderId:guid}", () => "");
        app.MapGet("/products/{sku}", () => "");
        app.MapGet("/products/search", () => "");
        app.MapGet("/sso/{**rest}", () => "");
        app.MapGet("/login", (string to, int status) => new Redirect(to, status));
        app.MapGet("/api/v1/orders/{orderId}", () => Results.StatusCode(401));
        app.MapGet("/account", () => Results.StatusCode(401));
        app.MapGet("/unchanged", () => Results.StatusCode(304));
    });

    public Task InitializeAsync() => _service.StartAsync();

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Theory]
    [InlineData("/sso/authorize?client_id=a&state=secret", null, "/sso/:rest", null)]
    [InlineData("/products/search?q=ada@example.org", "{host}/products/mug?q=secret", "/products/search", "/products/:sku")]
    [InlineData("{host}/products/ada%40example.org#x", "{host}/", "/products/:sku", "/")]
    [InlineData("/orders/00000000-0000-0000-0000-000000000001", "{host}/nowhere/secret", "/orders/:orderId", "other")]
    [InlineData("https://partner.example/callback?code=secret", "https://search.example/?q=secret", "external", "external")]
    [InlineData("//partner.example/secret", "android-app://secret", "external", "external")]
    [InlineData("/%zz/%00?secret", "not an address", "other", "external")]
    [InlineData("login", "/login", "external", "/login")]
    public async Task Redirect_is_an_event_with_the_routes_of_Referer_and_Location(
        string location, string? referrer, string to, string? from)
    {
        var host = _service.GetAddress("http").GetLeftPart(UriPartial.Authority);
        await SendAsync(
            $"/login?status=302&to={Uri.EscapeDataString(location.Replace("{host}", host, StringComparison.Ordinal))}",
            referrer?.Replace("{host}", host, StringComparison.Ordinal));

        var jump = await WaitForJumpAsync();
        Assert.Equal("page.redirected", jump.Name);
        Assert.Equal("jump", jump.Values["shop.event.tag"]);
        Assert.Equal("/login", jump.Values["shop.jump.from"]);
        Assert.Equal(to, jump.Values["shop.jump.to"]);
        Assert.Equal(from, jump.Values.GetValueOrDefault("shop.jump.referrer"));
        Assert.Equal("302", jump.Values["http.response.status_code"]);
        Assert.Matches("^[0-9a-f]{32}$", jump.Values["shop.request.id"]);
        Assert.DoesNotContain(jump.Values.Values, value => value.Contains("secret", StringComparison.Ordinal) || value.Contains('@'));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Every_kind_of_redirect_is_an_event(int status)
    {
        await SendAsync($"/login?to=%2F&status={status}");

        Assert.Equal($"{status}", (await WaitForJumpAsync()).Values["http.response.status_code"]);
    }

    [Fact]
    public async Task Missing_sign_in_of_an_API_is_an_event()
    {
        await SendAsync("/api/v1/orders/secret");

        var jump = await WaitForJumpAsync();
        Assert.Equal("api.unauthorized", jump.Name);
        Assert.Equal("jump", jump.Values["shop.event.tag"]);
        Assert.Equal("/api/v1/orders/:orderId", jump.Values["shop.jump.from"]);
        Assert.DoesNotContain(jump.Values.Values, value => value.Contains("secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/nowhere")]
    [InlineData("/account")]
    [InlineData("/unchanged")]
    [InlineData("/login?to=%2F&status=200")]
    public async Task Other_answers_are_no_jumps(string path)
    {
        await SendAsync(path);
        await SendAsync("/login?to=%2F&status=303");

        Assert.Equal("303", (await WaitForJumpAsync()).Values["http.response.status_code"]);
    }

    [Fact]
    public async Task Answer_to_another_service_is_no_jump_of_a_visitor()
    {
        await SendAsync("/login?to=%2F&status=302", serviceKey: TestService.ServiceKey);
        await SendAsync("/login?to=%2F&status=303");

        Assert.Equal("303", (await WaitForJumpAsync()).Values["http.response.status_code"]);
    }

    [Fact]
    public async Task Jumps_are_counted_by_their_routes()
    {
        var counted = new List<string>();
        using var listener = new MeterListener();
        var meters = _service.Services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "shop.jumps" && instrument.Meter.Scope == meters)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            lock (counted)
            {
                counted.Add($"{count} " + string.Join(' ', tags.ToArray().Select(tag => tag.Value)));
            }
        });
        listener.Start();

        await SendAsync("/login?status=302&to=%2Fproducts%2Fmug");
        await SendAsync("/api/v1/orders/1");
        await WaitForJumpAsync(count: 2);

        lock (counted)
        {
            Assert.Equal(["1 /login 302 /products/:sku", "1 /api/v1/orders/:orderId 401"], counted);
        }
    }

    private async Task SendAsync(string path, string? referrer = null, string? serviceKey = null)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ActivityHeadersPropagator = null })
        {
            BaseAddress = _service.GetAddress("http"),
        };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (referrer is not null)
        {
            Assert.True(request.Headers.TryAddWithoutValidation("Referer", referrer));
        }

        if (serviceKey is not null)
        {
            request.Headers.Add("Shop-Service-Key", serviceKey);
        }

        using var response = await client.SendAsync(request);
    }

    [Fact]
    public async Task Redirect_has_the_time_at_which_the_visitor_gets_it_and_not_that_of_the_end_of_the_response()
    {
        var (received, exporter) = (new TaskCompletionSource(), new TimeExporter());
        await using var service = TestService.Build(
            builder => builder.Services.AddSingleton<IJourneyEventExporter>(exporter),
            app => app.MapGet("/proxied", async (HttpResponse response) =>
            {
                (response.StatusCode, response.Headers.Location) = (302, "/");
                await response.Body.FlushAsync();
                await received.Task;
            }));
        await service.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/proxied");
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = service.GetAddress("http"),
        };

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var receivedAt = DateTimeOffset.UtcNow;
        received.SetResult();

        Assert.InRange(await exporter.At.Task, receivedAt.AddMinutes(-1), receivedAt);
    }

    // The event is emitted when the response is complete, which the client may see before.
    private async Task<(string? Name, IReadOnlyDictionary<string, string> Values)> WaitForJumpAsync(int count = 1)
    {
        var jumps = await Eventually.ReadAsync(
            () => Task.FromResult(_service.Records.ToList().Where(record => record.CategoryName == "Shop.Journey").ToList()),
            jumps => jumps.Count >= count);
        Assert.Equal(count, jumps.Count);
        return (jumps[0].EventId.Name, jumps[0].Values().ToDictionary(value => value.Key, value => $"{value.Value}"));
    }

    private sealed class TimeExporter : IJourneyEventExporter
    {
        public TaskCompletionSource<DateTimeOffset> At { get; } = new();

        public void Export(string name, int version, DateTimeOffset? at, IReadOnlyList<KeyValuePair<string, object?>> attributes) =>
            At.TrySetResult(at ?? DateTimeOffset.UtcNow);
    }

    private sealed class Redirect(string location, int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            httpContext.Response.Headers.Location = location;
            return Task.CompletedTask;
        }
    }
}

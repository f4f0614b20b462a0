using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.Telemetry.Logging;
using Shop.Telemetry.Propagation;
using Shop.Telemetry.Sampling.CriticalRoutes;
using Shop.Telemetry.Sampling.CriticalRoutes.Accepted;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Sampling;

/// <summary>The critical routes that a service requests while it runs.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class AcceptedRouteWorkerTests : IAsyncLifetime, IDisposable
{
    private const string Setting = "Shop:AcceptedRoutes:Endpoint";

    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(30);

    private readonly RecordedLog _log = new();
    private readonly TestService _source;
    private AcceptedRoutes _accepted = new(0, []);
    private volatile int _status = StatusCodes.Status200OK;
    private int _unchanged;
    private int _answered;

    public AcceptedRouteWorkerTests() => _source = TestService.Build(map: app => app.MapGet("/v1/critical-routes", Answer));

    public Task InitializeAsync() => _source.StartAsync();

    public Task DisposeAsync() => _source.DisposeAsync().AsTask();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Accepted_page_is_critical_without_a_restart_until_it_is_withdrawn()
    {
        await using var service = await StartAsync();
        await WaitForAnswersAsync(1);
        Assert.Null(await GetCriticalRouteAsync(service));

        _accepted = new(2, [new("accepted.echo", "/echo", null)]);
        await Eventually.ReadAsync(() => GetCriticalRouteAsync(service), route => route == "accepted.echo", _timeout);

        _accepted = new(3, []);
        await Eventually.ReadAsync(() => GetCriticalRouteAsync(service), route => route is null, _timeout);

        Assert.Equal(2, _log.TextsOf("accepted_routes.changed").Count);
        // What did not change was not sent again.
        await Eventually.ReadAsync(() => Task.FromResult(_unchanged), count => count > 0, _timeout);
    }

    [Fact]
    public async Task Service_that_starts_later_has_the_accepted_routes()
    {
        _accepted = new(5, [new("accepted.echo", "/echo", null)]);
        await using var service = await StartAsync();

        await Eventually.ReadAsync(() => GetCriticalRouteAsync(service), route => route == "accepted.echo", _timeout);
    }

    [Fact]
    public async Task Older_version_and_one_that_is_not_valid_do_not_replace_the_routes()
    {
        _accepted = new(5, [new("accepted.echo", "/echo", null)]);
        await using var service = await StartAsync();
        await Eventually.ReadAsync(() => GetCriticalRouteAsync(service), route => route == "accepted.echo", _timeout);

        _accepted = new(4, []);
        await Eventually.ReadAsync(() => Task.FromResult(_log.TextsOf("accepted_routes.older").Count), count => count == 1, _timeout);
        _accepted = new(6, [new("checkout", "/nothing", null)]);
        await Eventually.ReadAsync(() => Task.FromResult(_log.TextsOf("accepted_routes.rejected").Count), count => count == 1, _timeout);

        Assert.Equal("accepted.echo", await GetCriticalRouteAsync(service));

        _accepted = new(7, []);
        await Eventually.ReadAsync(() => GetCriticalRouteAsync(service), route => route is null, _timeout);
    }

    [Fact]
    public async Task Routes_are_in_effect_and_logged_only_when_the_other_rules_are_valid_too()
    {
        _accepted = new(1, [new("accepted.echo", "/echo", null)]);
        await using var service = await StartAsync();
        await Eventually.ReadAsync(() => Task.FromResult(_log.TextsOf("accepted_routes.changed").Count), count => count == 1, _timeout);
        Change(service, "(");

        _accepted = new(2, []);
        await Eventually.ReadAsync(() => Task.FromResult(_log.TextsOf("accepted_routes.rejected").Count), count => count == 1, _timeout);
        await WaitForAnswersAsync(2);

        // All rules are as before.
        Assert.Equal("accepted.echo", await GetCriticalRouteAsync(service));
        Assert.Single(_log.TextsOf("accepted_routes.changed"));
        Assert.Contains("version 1 stays in effect", Assert.Single(_log.TextsOf("accepted_routes.rejected")), StringComparison.Ordinal);

        Change(service, "^/test$");
        Assert.Null(await GetCriticalRouteAsync(service));
        Assert.StartsWith("Version 2 ", _log.TextsOf("accepted_routes.changed")[1], StringComparison.Ordinal);

        static void Change(TestService service, string pattern)
        {
            service.Configuration["Shop:CriticalRoutes:Rules:test:Route"] = pattern;
            service.Configuration.Reload();
        }
    }

    [Theory]
    [InlineData(StatusCodes.Status503ServiceUnavailable)]
    [InlineData(StatusCodes.Status200OK + 3)] // a response that has no routes
    public async Task Routes_stay_in_effect_while_their_source_is_away_and_one_warning_says_so(int status)
    {
        _accepted = new(5, [new("accepted.echo", "/echo", null)]);
        await using var service = await StartAsync();
        await Eventually.ReadAsync(() => GetCriticalRouteAsync(service), route => route == "accepted.echo", _timeout);

        _status = status;
        await Eventually.ReadAsync(() => Task.FromResult(_log.TextsOf("accepted_routes.unavailable").Count), count => count == 1, _timeout);
        await WaitForAnswersAsync(2);

        Assert.Equal("accepted.echo", await GetCriticalRouteAsync(service));
        Assert.Single(_log.TextsOf("accepted_routes.unavailable"));

        (_accepted, _status) = (new(6, []), StatusCodes.Status200OK);
        await Eventually.ReadAsync(() => GetCriticalRouteAsync(service), route => route is null, _timeout);
        await Eventually.ReadAsync(() => Task.FromResult(_log.TextsOf("accepted_routes.available").Count), count => count == 1, _timeout);
    }

    [Fact]
    public async Task Service_starts_and_answers_while_nothing_listens_at_the_endpoint()
    {
        await using var service = await StartAsync(endpoint: "http://127.0.0.1:1/v1/critical-routes");

        using var response = await service.Client.GetAsync("/echo");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Requests_for_the_routes_are_neither_traced_nor_logged()
    {
        await using var service = await StartAsync();
        await WaitForAnswersAsync(3);

        Assert.DoesNotContain(
            service.Spans.Spans.Concat(_source.Spans.Spans),
            span => span.GetTagItem("url.path") is "/v1/critical-routes"
                || (span.GetTagItem("url.full") is string address && address.EndsWith("/v1/critical-routes", StringComparison.Ordinal)));
        Assert.DoesNotContain(_source.Records.ToList(), record => record.CategoryName == typeof(RequestLoggingMiddleware).FullName);
    }

    [Theory]
    [InlineData("Endpoint", "insights")]
    [InlineData("Interval", "00:00:00")]
    public async Task Setting_that_is_not_valid_stops_the_start(string setting, string value)
    {
        await using var service = TestService.Build(settings: [($"Shop:AcceptedRoutes:{setting}", value)]);

        var exception = await Assert.ThrowsAnyAsync<Exception>(service.StartAsync);

        Assert.Contains(setting, exception.Message, StringComparison.Ordinal);
    }

    private Task<TestService> StartAsync(string? endpoint = null) => TestService.Build(
        builder => builder.Services.AddSingleton<ILoggerProvider>(_log),
        app => app.MapGet("/critical", (CriticalRouteMatcher matcher) => matcher.MatchRoute("/echo") ?? ""),
        settings: [(Setting, endpoint ?? $"{_source.GetAddress("http")}v1/critical-routes"), ("Shop:AcceptedRoutes:Interval", "00:00:01")])
        .StartAsync();

    private static async Task<string?> GetCriticalRouteAsync(TestService service) =>
        await service.Client.GetStringAsync("/critical") is { Length: > 0 } route ? route : null;

    private async Task WaitForAnswersAsync(int count)
    {
        var before = Volatile.Read(ref _answered);
        await Eventually.ReadAsync(() => Task.FromResult(Volatile.Read(ref _answered) - before), answered => answered >= count, _timeout);
    }

    private IResult Answer(HttpContext context, ServiceKey key)
    {
        Interlocked.Increment(ref _answered);
        if (!key.IsValid(context.Request))
        {
            return Results.Unauthorized();
        }

        if (_status != StatusCodes.Status200OK)
        {
            return Results.Text("away", statusCode: _status);
        }

        var accepted = _accepted;
        var tag = $"\"{accepted.Version}\"";
        context.Response.Headers.ETag = tag;
        if (context.Request.Headers.IfNoneMatch == tag)
        {
            Interlocked.Increment(ref _unchanged);
            return Results.StatusCode(StatusCodes.Status304NotModified);
        }

        return Results.Ok(accepted);
    }
}

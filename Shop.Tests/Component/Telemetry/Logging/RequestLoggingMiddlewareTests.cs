using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using Shop.Tests.Unit.ServiceDefaults.Support;

namespace Shop.Tests.Component.Telemetry.Logging;

public sealed class RequestLoggingMiddlewareTests : IAsyncLifetime, IDisposable
{
    // Records are sampled with probability 0, so only those that are always logged remain.
    private readonly Service _service = Service.Build(new()
    {
        ["Shop:LogSampling:Rules:none:Level"] = "Information",
        ["Shop:LogSampling:Rules:none:Category"] = "Shop",
        ["Shop:LogSampling:Rules:none:Probability"] = "0",
        ["Shop:LogSampling:AlwaysKeepSampledTraces"] = "false",
        ["Shop:CriticalRoutes:Rules:conflict:Route"] = "/carts/",
        ["Shop:CriticalRoutes:Rules:conflict:Status"] = "409",
    }, builder => builder.AddCriticalRoute("refund", route: "/refund$"));

    private readonly HttpClient _client = new();

    public async Task InitializeAsync()
    {
        _service.App.UseServiceDefaults();
        _service.App.MapDefaultEndpoints();
        _service.App.MapGet("/carts/{cartId}", (string cartId, int status, ILogger<RequestLoggingMiddlewareTests> log) =>
        {
            log.Said(cartId);
            return Results.StatusCode(status);
        });
        _service.App.MapGet("/orders/{orderId}/refund", (string orderId, ILogger<RequestLoggingMiddlewareTests> log) => log.Said(orderId));
        _service.App.MapGet("/broken/{thing}", string (string thing) => throw new InvalidOperationException("broken"));
        await _service.App.StartAsync();
    }

    public async Task DisposeAsync() => await _service.DisposeAsync();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Failed_request_logs_its_errors_and_its_route()
    {
        Assert.Equal(HttpStatusCode.InternalServerError, await GetAsync("/broken/ada@example.org"));

        var lines = await LinesAsync();
        Assert.Equal(2, lines.Count);
        Assert.All(lines, line => Assert.Equal(LogLevel.Error, line.LogLevel));
        Assert.Equal("broken", lines[0].Exception?.Message);
        Assert.Equal("request.failed", lines[1].EventId.Name);
        Assert.Equal("/broken/:thing", lines[1].Values()["Route"]);
        Assert.Equal(500, lines[1].Values()["StatusCode"]);
        Assert.All(lines, line =>
            Assert.DoesNotContain(line.Values().Values, value => value?.ToString()?.Contains("ada@", StringComparison.Ordinal) == true));
        Assert.Equal(lines[0].TraceId, lines[1].TraceId);
        Assert.NotEqual(default, lines[0].TraceId);
    }

    [Fact]
    public async Task Request_on_a_critical_route_logs_every_record()
    {
        await GetAsync("/orders/1/refund");

        var lines = await LinesAsync();
        Assert.Equal(["probe.said", "request.completed"], lines.Select(line => line.EventId.Name));
        Assert.All(lines, line => Assert.Equal("refund", line.Values()["shop.critical_route"]));
    }

    [Fact]
    public async Task Request_is_logged_when_its_status_matches_a_critical_route()
    {
        await GetAsync("/carts/c1?status=200");
        await GetAsync("/carts/c1?status=409");

        var line = Assert.Single(await LinesAsync());
        Assert.Equal("request.completed", line.EventId.Name);
        Assert.Equal(409, line.Values()["StatusCode"]);
        Assert.Equal("conflict", line.Values()["shop.critical_route"]);
    }

    [Fact]
    public async Task Probes_are_not_logged()
    {
        await GetAsync("/alive");
        await GetAsync("/carts/c1?status=503");

        Assert.Equal("request.failed", Assert.Single(await LinesAsync()).EventId.Name);
    }

    private async Task<HttpStatusCode> GetAsync(string path) => (await _client.GetAsync(new Uri(_service.Address(), path))).StatusCode;

    // A request is logged after its response has been sent. The server waits for that when it stops.
    private async Task<IReadOnlyList<LogRecord>> LinesAsync()
    {
        await _service.App.StopAsync();
        return
        [
            .. _service.Records.Where(record =>
                record.CategoryName!.StartsWith("Shop", StringComparison.Ordinal) || record.LogLevel >= LogLevel.Error),
        ];
    }
}

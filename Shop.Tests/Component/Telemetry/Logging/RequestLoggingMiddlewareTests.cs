using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Logging;

public sealed class RequestLoggingMiddlewareTests : IAsyncLifetime
{
    // Records are sampled with probability 0, so only those that are always logged remain.
    private readonly TestService _service = TestService.Build(
        builder => builder.AddCriticalRoute("refund", route: "/refund$"),
        app =>
        {
            app.MapGet("/carts/{cartId}", (string cartId, int status, ILogger<RequestLoggingMiddlewareTests> log) =>
            {
                log.WriteText(cartId);
                return Results.StatusCode(status);
            });
            app.MapGet("/orders/{orderId}/refund", (string orderId, ILogger<RequestLoggingMiddlewareTests> log) => log.WriteText(orderId));
            app.MapGet("/broken/{name}", string (string name) => throw new InvalidOperationException("broken"));
        },
        settings:
        [
            ("Shop:LogSampling:Rules:none:Level", "Information"),
            ("Shop:LogSampling:Rules:none:Category", "Shop"),
            ("Shop:LogSampling:Rules:none:Probability", "0"),
            ("Shop:LogSampling:AlwaysKeepSampledTraces", "false"),
            ("Shop:CriticalRoutes:Rules:conflict:Route", "/carts/"),
            ("Shop:CriticalRoutes:Rules:conflict:Status", "409"),
        ]);

    public Task InitializeAsync() => _service.StartAsync();

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Fact]
    public async Task Failed_request_logs_its_errors_and_its_route()
    {
        Assert.Equal(HttpStatusCode.InternalServerError, await GetAsync("/broken/ada@example.org"));

        var records = await ReadRecordsAsync();
        Assert.Equal(2, records.Count);
        Assert.All(records, record => Assert.Equal(LogLevel.Error, record.LogLevel));
        Assert.Equal("broken", records[0].Exception?.Message);
        Assert.Equal("request.failed", records[1].EventId.Name);
        Assert.Equal("/broken/:name", records[1].Values()["Route"]);
        Assert.Equal(500, records[1].Values()["StatusCode"]);
        Assert.All(records, record =>
            Assert.DoesNotContain(record.Values().Values, value => value?.ToString()?.Contains("ada@", StringComparison.Ordinal) == true));
        Assert.Equal(records[0].TraceId, records[1].TraceId);
        Assert.NotEqual(default, records[0].TraceId);
    }

    [Fact]
    public async Task Request_on_a_critical_route_logs_every_record()
    {
        await GetAsync("/orders/1/refund");

        var records = await ReadRecordsAsync();
        Assert.Equal(["test.text", "request.completed"], records.Select(record => record.EventId.Name));
        Assert.All(records, record => Assert.Equal("refund", record.Values()["shop.critical_route"]));
    }

    [Fact]
    public async Task Request_is_logged_when_its_status_matches_a_critical_route()
    {
        await GetAsync("/carts/c1?status=200");
        await GetAsync("/carts/c1?status=409");

        var record = Assert.Single(await ReadRecordsAsync());
        Assert.Equal("request.completed", record.EventId.Name);
        Assert.Equal(409, record.Values()["StatusCode"]);
        Assert.Equal("conflict", record.Values()["shop.critical_route"]);
    }

    [Fact]
    public async Task Probes_are_not_logged()
    {
        await GetAsync("/alive");
        await GetAsync("/carts/c1?status=503");

        Assert.Equal("request.failed", Assert.Single(await ReadRecordsAsync()).EventId.Name);
    }

    private async Task<HttpStatusCode> GetAsync(string path) => (await _service.Client.GetAsync(path)).StatusCode;

    // A request is logged after its response has been sent. The server waits for that when it stops.
    private async Task<IReadOnlyList<LogRecord>> ReadRecordsAsync()
    {
        await _service.App.StopAsync();
        return
        [
            .. _service.Records.Where(record =>
                record.CategoryName!.StartsWith("Shop", StringComparison.Ordinal) || record.LogLevel >= LogLevel.Error),
        ];
    }
}

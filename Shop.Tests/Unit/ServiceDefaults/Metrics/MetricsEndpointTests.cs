using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using Shop.Tests.Unit.ServiceDefaults.Support;

namespace Shop.Tests.Unit.ServiceDefaults.Metrics;

public sealed class MetricsEndpointTests : IAsyncLifetime, IDisposable
{
    private const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private readonly Service _service = Service.Build(
        new() { ["Kestrel:Endpoints:http:Url"] = "http://127.0.0.1:0", ["Kestrel:Endpoints:management:Url"] = "http://127.0.0.1:0" });

    private readonly HttpClient _client = new();

    public async Task InitializeAsync()
    {
        _service.App.UseServiceDefaults();
        _service.App.MapDefaultEndpoints();
        _service.App.MapGet("/hello/{name}", (string name) => name);
        _service.App.MapGet("/failing", () => Results.StatusCode(503));
        await _service.App.StartAsync();
    }

    public async Task DisposeAsync() => await _service.DisposeAsync();

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Prometheus_reads_rate_errors_and_duration_by_route_with_a_trace_in_the_bucket()
    {
        await _client.GetAsync(new Uri(_service.Address(), "/hello/ada"));
        await _client.GetAsync(new Uri(_service.Address(), "/failing"));

        var text = await ScrapeAsync();

        var hello = text.Split('\n').Where(line => line.StartsWith("http_server_request_duration_seconds_bucket", StringComparison.Ordinal) && line.Contains("/hello/{name}", StringComparison.Ordinal)).ToList();
        Assert.Equal(
            ["0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1", "2.5", "5", "7.5", "10", "+Inf"],
            hello.Select(line => line.Split("le=\"")[1].Split('"')[0] is var le && le.EndsWith(".0", StringComparison.Ordinal) ? le[..^2] : line.Split("le=\"")[1].Split('"')[0]));
        Assert.Contains(hello, line => line.Contains("# {trace_id=\"", StringComparison.Ordinal));
        Assert.Contains("http_response_status_code=\"503\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("/hello/ada", text, StringComparison.Ordinal);
        Assert.Contains("shop_log_sampled_total{", text, StringComparison.Ordinal);
        Assert.Contains("dotnet_gc_collections_total", text, StringComparison.Ordinal);
        Assert.EndsWith("# EOF\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_are_not_on_the_public_endpoint_whatever_the_host_header_says()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_service.Address(), "/metrics"));
        request.Headers.Host = _service.Address(1).Authority;
        Assert.Equal(HttpStatusCode.NotFound, (await _client.SendAsync(request)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync(new Uri(_service.Address(), "/metrics"))).StatusCode);
    }

    [Fact]
    public async Task Nothing_else_is_on_the_endpoint_of_the_metrics() =>
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync(new Uri(_service.Address(1), "/hello/ada"))).StatusCode);

    [Fact]
    public async Task A_metric_with_too_many_series_counts_the_rest_as_one_and_a_warning_says_so_once()
    {
        using var meter = _service.App.Services.GetRequiredService<IMeterFactory>().Create("Shop.Probe");
        var counter = meter.CreateCounter<long>("shop.probe.things");
        for (var thing = 0; thing < 2500; thing++)
            counter.Add(1, new KeyValuePair<string, object?>("thing", thing));

        var provider = _service.App.Services.GetRequiredService<MeterProvider>();
        // False, since Prometheus' reader collects for nobody else; the others do.
        provider.ForceFlush();
        provider.ForceFlush();

        var text = await ScrapeAsync();
        Assert.Contains("shop_probe_things_total{", text, StringComparison.Ordinal);
        Assert.Contains("otel_metric_overflow=\"true\"", text, StringComparison.Ordinal);
        Assert.Equal(2500, text.Split('\n').Where(line => line.StartsWith("shop_probe_things_total{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split("} ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal("shop.probe.things", Assert.Single(_service.Records, record => record.EventId.Name == "metrics.cardinality_limit_exceeded").Values()["Metric"]);
    }

    private async Task<string> ScrapeAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_service.Address(1), "/metrics"));
        request.Headers.TryAddWithoutValidation("Accept", OpenMetrics);
        using var answer = await _client.SendAsync(request);
        Assert.Equal("application/openmetrics-text", answer.Content.Headers.ContentType!.MediaType);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }
}

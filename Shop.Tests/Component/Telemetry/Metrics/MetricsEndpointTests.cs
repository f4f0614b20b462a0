using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Metrics;

public sealed class MetricsEndpointTests : IAsyncLifetime
{
    private const string OpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private readonly TestService _service = TestService.Build(
        map: app =>
        {
            app.MapGet("/hello/{name}", (string name) => name);
            app.MapGet("/failing", () => Results.StatusCode(503));
        },
        settings: [("Kestrel:Endpoints:management:Url", "http://127.0.0.1:0")]);

    public Task InitializeAsync() => _service.StartAsync();

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Fact]
    public async Task Prometheus_scrape_has_durations_by_route_with_exemplars()
    {
        await _service.Client.GetAsync("/hello/ada");
        await _service.Client.GetAsync("/failing");

        var text = await ScrapeAsync();

        var buckets = text.Split('\n').Where(line =>
            line.StartsWith("http_server_request_duration_seconds_bucket", StringComparison.Ordinal)
            && line.Contains("/hello/{name}", StringComparison.Ordinal)).ToList();
        Assert.Equal(
            ["0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1", "2.5", "5", "7.5", "10", "+Inf"],
            buckets.Select(line => line.Split("le=\"")[1].Split('"')[0])
                .Select(bound => bound.EndsWith(".0", StringComparison.Ordinal) ? bound[..^2] : bound));
        Assert.Contains(buckets, line => line.Contains("# {trace_id=\"", StringComparison.Ordinal));
        Assert.Contains("http_response_status_code=\"503\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("/hello/ada", text, StringComparison.Ordinal);
        Assert.Contains("shop_log_sampled_total{", text, StringComparison.Ordinal);
        Assert.Contains("dotnet_gc_collections_total", text, StringComparison.Ordinal);
        Assert.EndsWith("# EOF\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_are_not_on_the_public_endpoint_with_any_host_header()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Host = _service.GetAddress("management").Authority;
        Assert.Equal(HttpStatusCode.NotFound, (await _service.Client.SendAsync(request)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _service.Client.GetAsync("/metrics")).StatusCode);
    }

    [Fact]
    public async Task Management_endpoint_has_no_application_routes()
    {
        using var response = await _service.Client.GetAsync(new Uri(_service.GetAddress("management"), "/hello/ada"));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.NotFound)]
    [InlineData("otlp", HttpStatusCode.NotFound)]
    [InlineData("prometheus", HttpStatusCode.OK)]
    [InlineData("otlp,prometheus", HttpStatusCode.OK)]
    public async Task Metrics_that_are_exported_can_be_scraped_only_where_the_variable_has_prometheus(
        string? exporters, HttpStatusCode status)
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var service = await TestService.Build(settings:
        [
            ("Kestrel:Endpoints:management:Url", "http://127.0.0.1:0"), ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_METRICS_EXPORTER", exporters),
        ]).StartAsync();

        using var response = await service.Client.GetAsync(new Uri(service.GetAddress("management"), "/metrics"));

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task Exceeded_cardinality_limit_of_an_exported_metric_logs_one_warning()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var service = await TestService.Build(settings:
            [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]).StartAsync();
        AddItems(service);

        var provider = service.Services.GetRequiredService<MeterProvider>();
        provider.ForceFlush();
        provider.ForceFlush();

        var warning = Assert.Single(service.Records, record => record.EventId.Name == "metrics.cardinality_limit_exceeded");
        Assert.Equal("shop.test.items", warning.Values()["Metric"]);
        Assert.Contains("shop.test.items", collector.Received["/v1/metrics"], StringComparison.Ordinal);
        Assert.Contains("service.name", collector.Received["/v1/metrics"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exceeded_cardinality_limit_adds_an_overflow_series()
    {
        AddItems(_service);

        var text = await ScrapeAsync();
        Assert.Contains("shop_test_items_total{", text, StringComparison.Ordinal);
        Assert.Contains("otel_metric_overflow=\"true\"", text, StringComparison.Ordinal);
        Assert.Equal(2500, text.Split('\n').Where(line => line.StartsWith("shop_test_items_total{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split("} ")[1].Split(' ')[0], CultureInfo.InvariantCulture)));
    }

    private static void AddItems(TestService service)
    {
        using var meter = service.Services.GetRequiredService<IMeterFactory>().Create(TestService.Name);
        var counter = meter.CreateCounter<long>("shop.test.items");
        for (var item = 0; item < 2500; item++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("item", item));
        }
    }

    private async Task<string> ScrapeAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_service.GetAddress("management"), "/metrics"));
        request.Headers.TryAddWithoutValidation("Accept", OpenMetrics);
        using var response = await _service.Client.SendAsync(request);
        Assert.Equal("application/openmetrics-text", response.Content.Headers.ContentType!.MediaType);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }
}

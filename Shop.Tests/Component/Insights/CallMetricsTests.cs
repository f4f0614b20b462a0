using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OpenTelemetry.Metrics;
using Shop.Insights.Data;
using Shop.Insights.Spans;
using Shop.Insights.Spans.Calls;
using Shop.Tests.Integration.Insights;
using Shop.Tests.Support;
using SpanKind = Shop.Insights.Spans.SpanKind;

namespace Shop.Tests.Component.Insights;

/// <summary>The calls between services as metrics.</summary>
public sealed class CallMetricsTests
{
    private static readonly CallEnd _catalog = new("catalog", TimeSpan.FromMilliseconds(8), false);

    [Fact]
    public void Call_is_measured_at_both_ends_and_failed_if_one_of_them_did()
    {
        using var collector = new CallMetricsCollector();
        var call = Create("storefront", SpanKind.Client).Calls("service", "localhost:15110");

        collector.Metrics.Add(call, _catalog);
        collector.Metrics.Add(call, _catalog with { Failed = true });

        Assert.Equal(
            [
                "request_client_seconds storefront > catalog () 0.01", "request_client_seconds storefront > catalog () 0.01",
                "request_failed_total storefront > catalog () 1",
                "request_server_seconds storefront > catalog () 0.008", "request_server_seconds storefront > catalog () 0.008",
                "request_total storefront > catalog () 1", "request_total storefront > catalog () 1",
            ],
            collector.Measurements);
    }

    [Fact]
    public void Type_of_a_connection_is_that_of_the_connector()
    {
        using var collector = new CallMetricsCollector();

        collector.Metrics.Add(Create("storefront", SpanKind.Server), null);
        collector.Metrics.Add(Create("cart", SpanKind.Client).Calls("database", "redis", "redis"), null);
        collector.Metrics.Add(Create("cart", SpanKind.Consumer).Calls("messaging", "cart-order-confirmed", "rabbitmq"), _catalog);
        collector.Metrics.Add(Create("cart", SpanKind.Client).Calls("service", "mail.example:25"), null);

        Assert.Equal(
            [
                "request_client_seconds cart > mail.example:25 (virtual_node) 0.01", "request_client_seconds cart > redis (database) 0.01",
                "request_client_seconds catalog > cart (messaging_system) 0.008", "request_server_seconds cart > redis (database) 0.01",
                "request_server_seconds catalog > cart (messaging_system) 0.01",
                "request_server_seconds user > storefront (virtual_node) 0.01", "request_total cart > mail.example:25 (virtual_node) 1",
                "request_total cart > redis (database) 1", "request_total catalog > cart (messaging_system) 1",
                "request_total user > storefront (virtual_node) 1",
            ],
            collector.Measurements);
    }

    [Fact]
    public void Call_that_no_service_answers_counts_for_the_service_at_its_address()
    {
        using var collector = new CallMetricsCollector();
        collector.Metrics.Add(Create("storefront", SpanKind.Client).Calls("service", "localhost:15110"), _catalog);

        collector.Metrics.Add(Create("cart", SpanKind.Client).Calls("service", "localhost:15110") with { Failed = true }, null);

        Assert.Contains("request_total cart > catalog () 1", collector.Measurements);
        Assert.Contains("request_failed_total cart > catalog () 1", collector.Measurements);
        Assert.DoesNotContain(collector.Measurements, text => text.Contains("localhost", StringComparison.Ordinal));
    }

    [Fact]
    public void Call_within_a_service_is_not_counted()
    {
        using var collector = new CallMetricsCollector();

        collector.Metrics.Add(Create("catalog", SpanKind.Client).Calls("service", "localhost:15110"), _catalog);
        collector.Metrics.Add(Create("catalog", SpanKind.Client).Calls("service", "localhost:15110"), null);

        Assert.Empty(collector.Measurements);
    }

    [Fact]
    public void Span_whose_other_end_is_not_known_is_unpaired()
    {
        using var collector = new CallMetricsCollector();

        collector.Metrics.Add(Create("cart", SpanKind.Client), null);
        collector.Metrics.Add(Create("cart", SpanKind.Consumer), null);

        Assert.Equal(["unpaired_spans_total  > cart (messaging_system) 1", "unpaired_spans_total cart >  () 1"], collector.Measurements);
    }

    [Fact]
    public void Message_whose_producer_is_not_known_counts_as_a_call_of_its_queue()
    {
        using var collector = new CallMetricsCollector();

        collector.Metrics.Add(Create("cart", SpanKind.Consumer).Calls("messaging", "cart-order-confirmed", "rabbitmq"), null);

        Assert.Contains("request_total cart-order-confirmed > cart (messaging_system) 1", collector.Measurements);
    }

    [Fact]
    public async Task Spans_that_wait_for_their_other_ends_are_limited_and_further_ones_are_counted_as_dropped()
    {
        using var collector = new CallMetricsCollector();
        await using var services = new ServiceCollection().BuildServiceProvider();
        await using var connections = new BackgroundConnections(services.GetRequiredService<IServiceScopeFactory>());
        var calls = new CallCounter(connections, collector.Metrics, TimeProvider.System, NullLogger<CallCounter>.Instance);
        var span = Create("storefront", SpanKind.Server);

        calls.Add(Enumerable.Repeat(span, 49_999));
        calls.Add([span, span, Create("storefront", SpanKind.Internal), span with { ParentId = "00f067aa0ba902b7" }]);

        Assert.Equal((50_000, "dropped_spans_total 1"), (calls.Count, Assert.Single(collector.Measurements)));
    }

    [Fact]
    public async Task Prometheus_has_the_names_labels_and_buckets_of_the_connector()
    {
        using var insights = InProcessService.Start("insights", settings: ("Kestrel:Endpoints:management:Url", "http://127.0.0.1:0"));
        // Collects from now on: the hosted service that creates it does not run.
        insights.Services.GetRequiredService<MeterProvider>();
        insights.Services.GetRequiredService<CallMetrics>()
            .Add(Create("storefront", SpanKind.Client).Calls("service", "localhost:15110") with { Failed = true }, _catalog);

        var metrics = await insights.Client.GetStringAsync("/metrics");

        foreach (var (name, label) in ((string, string)[])
            [
                ("request_total", "{"), ("request_failed_total", "{"), ("request_server_seconds_bucket", "le=\"0.008\""),
                ("request_client_seconds_count", "{"),
            ])
        {
            var line = metrics.Split('\n').Single(line => line.StartsWith($"traces_service_graph_{name}{{", StringComparison.Ordinal)
                && line.Contains(label, StringComparison.Ordinal));
            Assert.All(
                ["client=\"storefront\"", "server=\"catalog\"", "connection_type=\"\""],
                text => Assert.Contains(text, line, StringComparison.Ordinal));
            Assert.Contains("} 1", line, StringComparison.Ordinal);
        }
    }

    private static StoredSpan Create(string service, SpanKind kind) => TestSpan.Create(DateTimeOffset.UtcNow, service, kind);
}

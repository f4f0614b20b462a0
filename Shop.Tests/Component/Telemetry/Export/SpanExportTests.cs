using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Export;

/// <summary>The export of spans to a service of the application, beside the collector.</summary>
[Collection(TracingTestGroup.Name)]
public sealed class SpanExportTests
{
    [Fact]
    public async Task Spans_of_the_collector_are_sent_to_the_service_too_with_the_service_key()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var insights = await OtlpReceiver.StartAsync();
        await using var service = await TestService.Build(settings:
        [
            .. Settings(collector, $"{insights.Address}/v1/traces"), ("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=secret-of-the-collector"),
        ]).StartAsync();

        using (await service.Client.GetAsync("/echo?sent=twice"))
        {
        }

        foreach (var receiver in (OtlpReceiver[])[collector, insights])
        {
            await Eventually.ReadAsync(
                () => Task.FromResult(receiver.Received.GetValueOrDefault("/v1/traces", "")),
                text => text.Contains("/echo", StringComparison.Ordinal));
        }

        var request = insights.Requests.First();
        Assert.Equal(TestService.ServiceKey, request["shop-service-key"]);
        Assert.False(request.ContainsKey("x-api-key"));
        Assert.All(insights.Requests, sent => Assert.Equal("/v1/traces", sent[":path"])); // neither metrics nor logs
        Assert.NotEmpty(collector.Requests);
        Assert.All(collector.Requests, sent => Assert.False(sent.ContainsKey("shop-service-key")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Service_that_is_away_or_does_not_answer_delays_neither_the_collector_nor_the_stop(bool accepts)
    {
        // The kernel accepts connections, and nothing reads them; or nothing listens.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        if (!accepts)
        {
            silent.Stop();
        }

        await using var collector = await OtlpReceiver.StartAsync();
        var service = await TestService.Build(settings: Settings(collector, $"http://127.0.0.1:{port}/v1/traces")).StartAsync();
        using (await service.Client.GetAsync("/echo"))
        {
        }

        await Eventually.ReadAsync(
            () => Task.FromResult(collector.Received.GetValueOrDefault("/v1/traces", "")),
            text => text.Contains("/echo", StringComparison.Ordinal));
        using (await service.Client.GetAsync("/echo?last"))
        {
        }

        var stopwatch = Stopwatch.StartNew();
        await service.DisposeAsync();

        // As with a collector that does not answer: DCP kills a process after 6 seconds.
        Assert.InRange(stopwatch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Contains("last", collector.Received["/v1/traces"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_that_is_not_valid_stops_the_start()
    {
        await using var service = TestService.Build(settings: ("Shop:SpanExport:Endpoint", "insights:15150"));

        var error = await Assert.ThrowsAsync<OptionsValidationException>(service.StartAsync);

        Assert.Contains("Endpoint", error.Message, StringComparison.Ordinal);
    }

    private static (string Name, string? Value)[] Settings(OtlpReceiver collector, string endpoint) =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"), ("Shop:TraceSampling:TargetPerSecond", "0"), ("Shop:SpanExport:Endpoint", endpoint),
    ];
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Shop.Tests.Unit.ServiceDefaults.Support;

namespace Shop.Tests.Unit.ServiceDefaults.Export;

[Collection(Services.Name)]
public sealed class CollectorTests
{
    [Theory]
    [InlineData("hangs", "grpc")]
    [InlineData("hangs", "http/protobuf")]
    [InlineData("is away", "grpc")]
    [InlineData("is away", "http/protobuf")]
    public async Task A_collector_that_hangs_or_is_away_delays_neither_start_nor_request_nor_stop(string collector, string protocol)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        if (collector == "is away")
            listener.Stop();

        var since = Stopwatch.StartNew();
        // Its patience with a collector is 10 s, and its queue is full at once.
        var service = await TestService.StartAsync(settings: [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{port}"), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("OTEL_EXPORTER_OTLP_TIMEOUT", "10000"),
            ("OTEL_BSP_SCHEDULE_DELAY", "10"), ("OTEL_BSP_MAX_QUEUE_SIZE", "16"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "8"),
        ]);
        // Had one of all these waited for the collector, it alone would have taken longer.
        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));

        since.Restart();
        for (var i = 0; i < 500; i++)
        {
            using var answer = await service.Client.GetAsync("/heard");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));

        since.Restart();
        await service.DisposeAsync();
        // When DCP asks somebody to stop, it kills after this.
        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task What_is_still_here_leaves_at_the_stop()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        var service = await TestService.StartAsync(
            map: app => app.MapGet("/warned", (ILogger<CollectorTests> log) => log.Warned()),
            settings: [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
                ("OTEL_BSP_SCHEDULE_DELAY", "3600000"), ("OTEL_BLRP_SCHEDULE_DELAY", "3600000"), ("OTEL_METRIC_EXPORT_INTERVAL", "3600000"),
            ]);
        using (var request = new HttpRequestMessage(HttpMethod.Get, "/warned") { Headers = { { "X-Request-Id", "r-last" } } })
            (await service.Client.SendAsync(request)).Dispose();
        Assert.Empty(collector.Received);

        await service.DisposeAsync();

        Assert.Contains("r-last", collector.Received["/v1/logs"], StringComparison.Ordinal);
        Assert.Contains("r-last", collector.Received["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("http.server.request.duration", collector.Received["/v1/metrics"], StringComparison.Ordinal);
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
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
        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));

        // Had one of them waited for the collector, it alone would have taken longer.
        since.Restart();
        for (var i = 0; i < 500; i++)
        {
            using var answer = await service.Client.GetAsync("/heard");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));

        since.Restart();
        await service.DisposeAsync();
        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task What_is_still_here_leaves_at_the_stop()
    {
        var arrived = new ConcurrentQueue<string>();
        var collecting = WebApplication.CreateSlimBuilder();
        collecting.Configuration["urls"] = "http://127.0.0.1:0";
        collecting.Logging.ClearProviders();
        await using var collector = collecting.Build();
        collector.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            // Names and values are text in the protocol's bytes.
            if (System.Text.Encoding.UTF8.GetString(body.ToArray()).Contains(signal == "metrics" ? "http.server.request.duration" : "r-last", StringComparison.Ordinal))
                arrived.Enqueue(signal);
        });
        await collector.StartAsync();
        var service = await TestService.StartAsync(
            map: app => app.MapGet("/warned", (ILogger<CollectorTests> log) => log.Warned()),
            settings: [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Urls.Single()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
                ("OTEL_BSP_SCHEDULE_DELAY", "3600000"), ("OTEL_BLRP_SCHEDULE_DELAY", "3600000"), ("OTEL_METRIC_EXPORT_INTERVAL", "3600000"),
            ]);
        using (var request = new HttpRequestMessage(HttpMethod.Get, "/warned") { Headers = { { "X-Request-Id", "r-last" } } })
            (await service.Client.SendAsync(request)).Dispose();
        Assert.Empty(arrived);

        await service.DisposeAsync();

        Assert.Equal(["logs", "metrics", "traces"], arrived.Distinct().Order());
    }
}

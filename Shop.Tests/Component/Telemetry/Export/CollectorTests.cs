using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.Telemetry.Logging;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Export;

[Collection(TracingTestGroup.Name)]
public sealed class CollectorTests
{
    [Theory]
    [InlineData("hangs", "grpc")]
    [InlineData("hangs", "http/protobuf")]
    [InlineData("is unavailable", "grpc")]
    [InlineData("is unavailable", "http/protobuf")]
    public async Task Unresponsive_collector_delays_neither_start_nor_requests_nor_stop(string collector, string protocol)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        if (collector == "is unavailable")
        {
            listener.Stop();
        }

        // The export timeout is 10 seconds, and the queue is soon full.
        var stopwatch = Stopwatch.StartNew();
        var service = await TestService.Build(settings:
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{port}"), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "10000"),
            ("OTEL_BSP_SCHEDULE_DELAY", "10"), ("OTEL_BSP_MAX_QUEUE_SIZE", "16"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "8"),
        ]).StartAsync();
        // A single wait for the collector would exceed these limits.
        Assert.InRange(stopwatch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));

        stopwatch.Restart();
        for (var i = 0; i < 500; i++)
        {
            using var response = await service.Client.GetAsync("/echo");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.InRange(stopwatch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));

        stopwatch.Restart();
        await service.DisposeAsync();
        // DCP kills a process 6 seconds after it was asked to stop.
        Assert.InRange(stopwatch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task Stop_takes_less_than_6_seconds_when_nothing_responds()
    {
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        using var output = new StalledStream();
        using var errors = new StalledStream();
        var received = new TaskCompletionSource();
        var service = await TestService.Build(
            builder => builder.Services.AddSingleton(new ConsoleOutput(output, errors)),
            app => app.MapGet("/hanging", async () =>
            {
                received.SetResult();
                await Task.Delay(Timeout.Infinite, CancellationToken.None);
            }),
            settings:
            [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{((IPEndPoint)collector.LocalEndpoint).Port}"),
                ("Logging:Console:LogToStandardErrorThreshold", "Warning"), ("Logging:Console:LogLevel:Default", "Information"),
            ]).StartAsync();
        service.CreateLogger().WriteText("stalls the output");
        service.CreateLogger().WriteWarning();
        _ = service.Client.GetAsync("/hanging");
        await received.Task.WaitAsync(Eventually.Timeout);

        var stopwatch = Stopwatch.StartNew();
        await service.DisposeAsync();

        // DCP kills a process 6 seconds after it was asked to stop.
        Assert.InRange(stopwatch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task Remaining_telemetry_is_exported_at_shutdown()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        var service = await TestService.Build(
            map: app => app.MapGet("/warning", (ILogger<CollectorTests> log) => log.WriteWarning()),
            settings:
            [
                ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
                ("OTEL_BSP_SCHEDULE_DELAY", "3600000"), ("OTEL_BLRP_SCHEDULE_DELAY", "3600000"), ("OTEL_METRIC_EXPORT_INTERVAL", "3600000"),
            ]).StartAsync();
        string requestId;
        using (var response = await service.Client.GetAsync("/warning"))
        {
            requestId = response.Headers.GetValues("X-Request-Id").Single();
        }

        Assert.Empty(collector.Received);

        await service.DisposeAsync();

        Assert.Contains(requestId, collector.Received["/v1/logs"], StringComparison.Ordinal);
        Assert.Contains(requestId, collector.Received["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("http.server.request.duration", collector.Received["/v1/metrics"], StringComparison.Ordinal);
    }
}

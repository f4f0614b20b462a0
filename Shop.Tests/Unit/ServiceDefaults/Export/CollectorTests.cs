using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

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
        var service = await TestService.StartAsync(settings: [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{port}"), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ]);
        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));

        for (var i = 0; i < 20; i++)
        {
            since.Restart();
            using var answer = await service.Client.GetAsync("/heard");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        }

        since.Restart();
        await service.DisposeAsync();
        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(4));
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Export;

[Collection(TracingTestGroup.Name)]
public sealed partial class ExportTests
{
    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task Nothing_is_lost_while_the_collector_is_unavailable_for_a_short_time(string protocol)
    {
        await using var collector = await OtlpReceiver.StartAsync(protocol, failuresPerSignal: 2);
        await using var service = await TestService.Build(
            map: app => app.MapGet("/log/{id}", (string id, ILogger<ExportTests> log) => log.WriteText($"record-{id};")),
            settings: [.. Settings(collector, protocol), ("OTEL_METRIC_EXPORT_INTERVAL", "500"), ("Shop:LogSampling:Enabled", "false")])
            .StartAsync();

        for (var id = 0; id < 20; id++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/log/{id}") { Headers = { { "X-Request-Id", $"r-{id}" } } };
            (await service.Client.SendAsync(request)).EnsureSuccessStatusCode().Dispose();
        }

        Assert.Equal(20, await CountAsync(collector, "/v1/logs", LogRecordId(), 20));
        Assert.Equal(20, await CountAsync(collector, "/v1/traces", RequestPath(), 20));
        await Eventually.ReadAsync(
            () => Task.FromResult(collector.Received.GetValueOrDefault("/v1/metrics", "")),
            text => text.Contains("http.server.request.duration", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task Large_records_and_spans_are_exported_whole_in_requests_of_at_most_4_MiB(string protocol)
    {
        await using var collector = await OtlpReceiver.StartAsync(protocol);
        await using var service = await TestService.Build(settings:
        [
            .. Settings(collector, protocol, delay: "1000"), ("Shop:LogSampling:Enabled", "false"),
        ]).StartAsync();
        var text = new string('\u4e9c', 20_000); // three bytes each
        using var source = new ActivitySource(TestService.Name);
        for (var id = 0; id < 1200; id++)
        {
            using (var span = source.StartActivity($"record-{id};"))
            {
                // Ordinary, large and very large ones.
                span!.SetTag("description", text[..(id % 2 == 0 ? 1500 : 20_000)]);
                if (id % 100 == 99)
                {
                    span.AddException(new InvalidOperationException(text));
                    foreach (var tag in Enumerable.Range(0, 20))
                    {
                        span.SetTag($"tag-{tag}", text);
                    }
                }
            }

            var exception = new InvalidOperationException(id % 3 == 0 ? text : "short");
            var large = id % 100 == 99 ? text : "";
            service.CreateLogger().WriteLargeError($"record-{id};", large, large, large, large, large, large, exception);
        }

        Assert.Equal(1200, await CountAsync(collector, "/v1/logs", LogRecordId(), 1200));
        Assert.Equal(1200, await CountAsync(collector, "/v1/traces", LogRecordId(), 1200));
        Assert.InRange(collector.LargestRequest, 1024 * 1024, 4 * 1024 * 1024);
        Assert.DoesNotContain(text[..9000], collector.Received["/v1/logs"], StringComparison.Ordinal);
        Assert.DoesNotContain(text[..9000], collector.Received["/v1/traces"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Long_header_of_a_request_is_truncated_in_its_span()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var service = await TestService.Build(
            builder => builder.Services.PostConfigure<KestrelServerOptions>(kestrel =>
                kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024),
            settings: Settings(collector)).StartAsync())
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/echo");
            request.Headers.TryAddWithoutValidation("User-Agent", new string('u', 12_000));
            (await service.Client.SendAsync(request)).EnsureSuccessStatusCode().Dispose();
        }

        Assert.Contains(new string('u', 8192), collector.Received["/v1/traces"], StringComparison.Ordinal);
        Assert.DoesNotContain(new string('u', 8193), collector.Received["/v1/traces"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exports_of_telemetry_are_neither_measured_nor_traced()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var service = await TestService.Build(settings:
            [
                .. Settings(collector), ("OTEL_METRIC_EXPORT_INTERVAL", "200"), ("OTEL_METRICS_EXPORTER", "otlp,prometheus"),
                ("Kestrel:Endpoints:management:Url", "http://127.0.0.1:0"),
            ]).StartAsync();
        (await service.Client.GetAsync("/echo")).Dispose();
        foreach (var path in (string[])["/v1/traces", "/v1/logs", "/v1/metrics"])
        {
            await Eventually.ReadAsync(() => Task.FromResult(collector.Received.ContainsKey(path)), received => received);
        }

        await Eventually.ReadAsync(
            () => Task.FromResult(collector.Requests.Count(request => request[":path"] == "/v1/metrics")), count => count > 2);
        var metrics = await service.Client.GetStringAsync(new Uri(service.GetAddress("management"), "/metrics"));
        var calls = metrics.Split('\n').Where(line => line.StartsWith("http_client", StringComparison.Ordinal)).ToList();

        // The client of the test is measured, because it belongs to the same process.
        Assert.Contains(calls, line => line.Contains($"\"{service.Client.BaseAddress!.Port}\"", StringComparison.Ordinal));
        Assert.DoesNotContain(calls, line => line.Contains($"\"{new Uri(collector.Address).Port}\"", StringComparison.Ordinal));
        Assert.All(collector.Requests, request => Assert.False(request.ContainsKey("traceparent")));
    }

    private static (string Name, string? Value)[] Settings(
        OtlpReceiver collector, string protocol = "http/protobuf", string delay = "100") =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
        ("OTEL_BSP_SCHEDULE_DELAY", delay), ("OTEL_BLRP_SCHEDULE_DELAY", delay),
        ("Shop:TraceSampling:TargetPerSecond", "0"),
    ];

    // Counts the different numbers, because a request that is answered late is sent again.
    private static Task<int> CountAsync(OtlpReceiver collector, string path, Regex id, int expected) =>
        Eventually.ReadAsync(
            () => Task.FromResult(id.Matches(collector.Received.GetValueOrDefault(path, ""))
                .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).Distinct().Count()),
            count => count >= expected);

    [GeneratedRegex("record-(\\d+);")]
    private static partial Regex LogRecordId();

    [GeneratedRegex("/log/(\\d+)")]
    private static partial Regex RequestPath();
}

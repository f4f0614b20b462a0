using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Export;

[Collection(TracingTestGroup.Name)]
public sealed class ShutdownTests
{
    [Fact]
    public async Task Record_that_is_written_while_the_service_is_disposed_is_exported()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var service = await TestService.Build(
            builder => builder.Services.AddSingleton<LogsWhenDisposed>(), settings: Settings(collector)).StartAsync())
        {
            service.Services.GetRequiredService<LogsWhenDisposed>();
        }

        Assert.Contains("written by Dispose", collector.Received["/v1/logs"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hosted service")]
    [InlineData("pipeline")]
    public async Task Reason_of_a_failed_start_is_exported_and_on_the_console(string part)
    {
        await using var collector = await OtlpReceiver.StartAsync();
        var service = TestService.Build(
            builder =>
            {
                if (part == "pipeline")
                {
                    builder.Services.AddSingleton<IStartupFilter, FailingPipeline>();
                }
                else
                {
                    builder.Services.AddHostedService<FailingService>();
                }
            },
            settings: Settings(collector));

        // The host does the same when the start fails.
        await Assert.ThrowsAsync<InvalidOperationException>(service.StartAsync);
        var lines = await service.ReadConsoleAsync();

        Assert.Contains("the reason of the failure", collector.Received["/v1/logs"], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.Contains("the reason of the failure", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Failed_part_of_a_request_that_still_runs_is_exported_at_shutdown()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        var failed = new TaskCompletionSource();
        using var source = new ActivitySource(TestService.Name);
        var service = await TestService.Build(
            map: app => app.MapGet("/hanging", async () =>
            {
                using (var span = source.StartActivity("failed-part"))
                {
                    span!.SetStatus(ActivityStatusCode.Error);
                }

                using (source.StartActivity("second-part"))
                {
                }

                failed.SetResult();
                await Task.Delay(Timeout.Infinite, CancellationToken.None);
            }),
            settings: [.. Settings(collector), ("Shop:TraceSampling:Probability", "0")]).StartAsync();
        _ = service.Client.GetAsync("/hanging");
        await failed.Task.WaitAsync(TimeSpan.FromSeconds(30));

        var stopwatch = Stopwatch.StartNew();
        await service.DisposeAsync();

        Assert.Contains("failed-part", collector.Received["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("second-part", collector.Received["/v1/traces"], StringComparison.Ordinal);
        // A request that does not end takes the whole time of the host. DCP kills a process after 6 seconds.
        Assert.InRange(stopwatch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5.5));
    }

    private static (string Name, string? Value)[] Settings(OtlpReceiver collector) =>
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_BSP_SCHEDULE_DELAY", "3600000"), ("OTEL_BLRP_SCHEDULE_DELAY", "3600000"), ("OTEL_METRIC_EXPORT_INTERVAL", "3600000"),
        ("Shop:TraceSampling:TargetPerSecond", "0"),
    ];

    private sealed class LogsWhenDisposed(ILogger<LogsWhenDisposed> log) : IDisposable
    {
        public void Dispose() => log.WriteText("written by Dispose");
    }

    private sealed class FailingService : BackgroundService
    {
        public override Task StartAsync(CancellationToken cancellationToken) =>
            throw new InvalidOperationException("the reason of the failure");

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.CompletedTask;
    }

    private sealed class FailingPipeline : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            throw new InvalidOperationException("the reason of the failure");
    }
}

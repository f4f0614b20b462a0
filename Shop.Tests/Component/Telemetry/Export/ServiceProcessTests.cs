using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Shop.Tests.Integration.Support;
using Shop.Tests.Support;

namespace Shop.Tests.Component.Telemetry.Export;

/// <summary>Runs Cart as a process of its own, without the servers behind it, and with a collector.</summary>
public sealed class ServiceProcessTests
{
    private const int Sigterm = 15;

    [Fact]
    public async Task Service_that_is_stopped_under_load_exports_its_last_spans_and_records_within_6_seconds()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        var port = GetFreePort();
        using var process = Start(collector, port, ("OTEL_BSP_SCHEDULE_DELAY", "600000"), ("OTEL_BLRP_SCHEDULE_DELAY", "600000"));
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await Eventually.ReadAsync(() => IsUpAsync(client), up => up);

        var completed = 0;
        var load = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (await IsUpAsync(client, "/nothing"))
            {
                Interlocked.Increment(ref completed);
            }
        })).ToList();
        await Eventually.ReadAsync(() => Task.FromResult(completed), count => count > 500);
        var stopwatch = Stopwatch.StartNew();
        Assert.Equal(0, Kill(process.Id, Sigterm));
        await process.WaitForExitAsync();
        var elapsed = stopwatch.Elapsed;
        await Task.WhenAll(load);

        Assert.Equal(0, process.ExitCode);
        Assert.InRange(elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(6));
        Assert.InRange(Count(collector.Received["/v1/logs"], "request.completed"), completed, int.MaxValue);
        Assert.InRange(Count(collector.Received["/v1/traces"], "/nothing"), completed, int.MaxValue);
    }

    [Fact]
    public async Task Service_that_cannot_start_exports_the_reason()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        using var process = Start(collector, GetFreePort(), ("Cart__MaxLines", "0"));
        await process.WaitForExitAsync();

        Assert.NotEqual(0, process.ExitCode);
        Assert.Contains("MaxLines", collector.Received["/v1/logs"], StringComparison.Ordinal);
    }

    private static Process Start(OtlpReceiver collector, int port, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Shop.Cart.dll")])
        {
            // The directory of the tests contains the appsettings.json of one of the services.
            WorkingDirectory = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "empty")).FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        (string Name, string Value)[] all =
        [
            ("ASPNETCORE_ENVIRONMENT", "Production"),
            ("Kestrel__Endpoints__http__Url", $"http://127.0.0.1:{port}"),
            ("ConnectionStrings__redis", "127.0.0.1:1"), ("ConnectionStrings__rabbitmq", "amqp://guest:guest@127.0.0.1:1"),
            ("Shop__PersonalData__Keys__1", new string('k', 48)), ("Shop__PersonalData__CurrentKey", "1"),
            ("Shop__TraceSampling__TargetPerSecond", "0"), ("Shop__LogSampling__Enabled", "false"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            .. settings,
        ];
        foreach (var (name, value) in all)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static async Task<bool> IsUpAsync(HttpClient client, string path = "/alive")
    {
        try
        {
            return (await client.GetAsync(path)).StatusCode < HttpStatusCode.InternalServerError;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static int GetFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Kill(int processId, int signal);
}

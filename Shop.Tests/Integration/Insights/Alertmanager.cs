using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration.Insights;

/// <summary>
/// An Alertmanager on a free loopback port, with a directory of its own. It sends one message for all alerts of Insights.
/// </summary>
internal sealed class Alertmanager : IAsyncDisposable
{
    private static readonly string? _program = Find("prometheus-alertmanager") ?? Find("alertmanager");
    private static readonly string? _tool = Find("amtool");

    private readonly DirectoryInfo _directory;
    private readonly Process _process;

    private Alertmanager(DirectoryInfo directory, Process process, string address) =>
        (_directory, _process, Address) = (directory, process, address);

    /// <summary>Whether Alertmanager and its tool are installed.</summary>
    public static bool IsInstalled => _program is not null && _tool is not null;

    /// <summary>The address.</summary>
    public string Address { get; }

    /// <summary>Starts Alertmanager.</summary>
    /// <param name="webhook">The address that it sends messages to.</param>
    public static async Task<Alertmanager> StartAsync(string webhook)
    {
        var directory = Directory.CreateTempSubdirectory("shop-alertmanager-");
        var config = Path.Combine(directory.FullName, "alertmanager.yml");
        await File.WriteAllTextAsync(
            config,
            $"""
            route:
              receiver: test
              group_by: [service]
              group_wait: 1s
              group_interval: 1s
            receivers:
              - name: test
                webhook_configs:
                  - url: {webhook}
            """);
        var port = GetFreePort();
        var process = Process.Start(new ProcessStartInfo(_program!)
        {
            ArgumentList =
            {
                $"--config.file={config}", $"--storage.path={Path.Combine(directory.FullName, "data")}",
                $"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=", "--log.level=error",
            },
        })!;
        var alertmanager = new Alertmanager(directory, process, $"http://127.0.0.1:{port}");
        using var client = new HttpClient();
        await Eventually.ReadAsync(
            async () =>
            {
                try
                {
                    return (await client.GetAsync($"{alertmanager.Address}/-/ready")).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            ready => ready);
        return alertmanager;
    }

    /// <summary>Returns the active alerts as <c>amtool</c> prints them.</summary>
    public async Task<string> QueryAsync()
    {
        using var tool = Process.Start(new ProcessStartInfo(_tool!)
        {
            ArgumentList = { "alert", "query", "--output=simple", $"--alertmanager.url={Address}" },
            RedirectStandardOutput = true,
        })!;
        var output = await tool.StandardOutput.ReadToEndAsync();
        await tool.WaitForExitAsync();
        Assert.Equal(0, tool.ExitCode);
        return output;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(directory => Path.Combine(directory, program))
        .FirstOrDefault(File.Exists);

    private static int GetFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

using System.Diagnostics;
using System.Globalization;
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
    private readonly int _port = GetFreePort();
    private Process? _process;

    private Alertmanager(DirectoryInfo directory) => _directory = directory;

    /// <summary>Whether Alertmanager and its tool are installed.</summary>
    public static bool IsInstalled => _program is not null && _tool is not null;

    /// <summary>The address.</summary>
    public string Address => $"http://127.0.0.1:{_port}";

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
        var alertmanager = new Alertmanager(directory);
        await alertmanager.StartAsync();
        return alertmanager;
    }

    /// <summary>Starts it again. It has the messages that it has sent, and no alerts.</summary>
    public async Task StartAsync()
    {
        _process = Process.Start(new ProcessStartInfo(_program!)
        {
            ArgumentList =
            {
                $"--config.file={Path.Combine(_directory.FullName, "alertmanager.yml")}",
                $"--storage.path={Path.Combine(_directory.FullName, "data")}",
                $"--web.listen-address=127.0.0.1:{_port}", "--cluster.listen-address=", "--log.level=error",
            },
        })!;
        using var client = new HttpClient();
        await Eventually.ReadAsync(
            async () =>
            {
                try
                {
                    return (await client.GetAsync($"{Address}/-/ready")).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            ready => ready);
    }

    /// <summary>Stops it as a service is stopped: it saves which messages it has sent.</summary>
    public async Task StopAsync()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process!.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
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
        if (_process is not null)
        {
            await StopAsync();
        }

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

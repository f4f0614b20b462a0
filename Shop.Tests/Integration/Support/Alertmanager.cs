using System.Diagnostics;
using System.Globalization;

namespace Shop.Tests.Integration.Support;

/// <summary>
/// An Alertmanager on a free loopback port, with a directory of its own. It sends one message for all alerts of Insights.
/// </summary>
internal sealed class Alertmanager : IAsyncDisposable
{
    private static readonly string? _program = ServerProgram.Find("prometheus-alertmanager") ?? ServerProgram.Find("alertmanager");
    private static readonly string? _tool = ServerProgram.Find("amtool");

    private readonly DirectoryInfo _directory;
    private readonly Uri _address = ServerProgram.GetFreeAddress();
    private Process? _process;

    private Alertmanager(DirectoryInfo directory) => _directory = directory;

    /// <summary>Whether Alertmanager and its tool are installed.</summary>
    public static bool IsInstalled => _program is not null && _tool is not null;

    /// <summary>The address.</summary>
    public string Address => $"http://{_address.Authority}";

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
                $"--web.listen-address={_address.Authority}", "--cluster.listen-address=", "--log.level=error",
            },
        })!;
        await ServerProgram.WaitUntilReadyAsync(_address);
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

    /// <summary>Returns the active alerts as <c>amtool</c> prints them, in JSON.</summary>
    public async Task<string> QueryAsync()
    {
        using var tool = Process.Start(new ProcessStartInfo(_tool!)
        {
            ArgumentList = { "alert", "query", "--output=json", $"--alertmanager.url={Address}" },
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
}

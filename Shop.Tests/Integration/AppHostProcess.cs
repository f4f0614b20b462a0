using System.Collections.Concurrent;
using System.Diagnostics;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>The AppHost as a process of its own, as <c>dotnet run</c> starts it, on free ports.</summary>
internal sealed class AppHostProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private AppHostProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => AddLine(line.Data);
        process.ErrorDataReceived += (_, line) => AddLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output => string.Join('\n', _lines);

    public int ExitCode => _process.ExitCode;

    public static AppHostProcess Start(
        string dataDirectory, IReadOnlyDictionary<string, string>? environment = null, params string[] arguments)
    {
        // bin/Debug/net10.0, or the output path of another configuration.
        var output = Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "..", "..", ".."), AppContext.BaseDirectory);
        var program = Path.Combine(Projects.Shop_AppHost.ProjectPath, output, "Shop.AppHost.dll");
        // Not 'dotnet' from the PATH, which a test may replace.
        var start = new ProcessStartInfo(
            Environment.ProcessPath!, [program, "--data", dataDirectory, "--DcpPublisher:RandomizePorts=true", .. arguments])
        {
            WorkingDirectory = Projects.Shop_AppHost.ProjectPath,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start)!);
    }

    /// <summary>Waits until the application is ready and returns a client for a service.</summary>
    public async Task<HttpClient> CreateClientAsync(string service)
    {
        var line = await Eventually.ReadAsync(() => Task.FromResult(FindAddressLine()), found => found is not null, ShopApp.StartTimeout);
        return new() { BaseAddress = new(line!.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) };

        string? FindAddressLine() => _process.HasExited
            ? throw new InvalidOperationException(Output)
            // A slow start also prints which services are not ready.
            : _lines.FirstOrDefault(x => x.StartsWith($"  {service} ", StringComparison.Ordinal)
                && x.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1].StartsWith("http", StringComparison.Ordinal));
    }

    /// <summary>Waits until the process has exited and its output has been read to the end.</summary>
    public Task WaitForExitAsync() => _process.WaitForExitAsync().WaitAsync(Eventually.Timeout);

    public void Kill() => _process.Kill();

    /// <summary>
    /// Requests a graceful shutdown with SIGTERM. SIGINT, which Ctrl+C sends, is ignored by all processes below one that a shell script has
    /// started in the background.
    /// </summary>
    public void Stop()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private void AddLine(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using Shop.Tests.Integration.Support;

namespace Shop.Tests.Integration;

/// <summary>The AppHost as its own process, as <c>dotnet run</c> starts it, on free ports.</summary>
internal sealed class AppHostProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private AppHostProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output => string.Join('\n', _lines);

    public int ExitCode => _process.ExitCode;

    public bool HasExited => _process.HasExited;

    public static AppHostProcess Start(string dataDirectory, IReadOnlyDictionary<string, string>? environment = null, params string[] arguments)
    {
        // bin/Debug/net10.0, or whatever these tests were built as.
        var output = Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "..", "..", ".."), AppContext.BaseDirectory);
        var program = Path.Combine(Projects.Shop_AppHost.ProjectPath, output, "Shop.AppHost.dll");
        var start = new ProcessStartInfo("dotnet", [program, "--data", dataDirectory, "--DcpPublisher:RandomizePorts=true", .. arguments])
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

    /// <summary>The address printed for a service, once everything is ready.</summary>
    public async Task<HttpClient> WhenReadyAsync(string service)
    {
        var line = await Eventually.ReadAsync(
            () => HasExited ? throw new InvalidOperationException(Output) : Task.FromResult(_lines.FirstOrDefault(x => x.StartsWith($"  {service} ", StringComparison.Ordinal))),
            found => found is not null);
        return new() { BaseAddress = new(line!.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) };
    }

    /// <summary>Returns when the process has ended and its last line has been read.</summary>
    public Task WhenExitedAsync() => _process.WaitForExitAsync().WaitAsync(Eventually.Timeout);

    public void Kill() => _process.Kill();

    /// <summary>
    /// Asks the AppHost to stop, as Ctrl+C does, but by the signal that nobody starts out deaf to: what a script runs in the background
    /// ignores SIGINT, and so does all that it starts.
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

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
        }
    }
}

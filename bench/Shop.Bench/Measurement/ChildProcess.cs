using System.Diagnostics;

namespace Shop.Bench.Measurement;

/// <summary>A part of a benchmark in a process of its own: this program with another argument.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process, string output) => (_process, Output) = (process, output);

    /// <summary>Gets the line that the process has printed: its address.</summary>
    public string Output { get; }

    /// <summary>Gets the process id.</summary>
    public int Id => _process.Id;

    /// <summary>Starts the process and waits for its address.</summary>
    /// <param name="name">The argument of this program.</param>
    /// <param name="environment">Environment variables of the process.</param>
    public static async Task<ChildProcess> StartAsync(string name, params KeyValuePair<string, string>[] environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [name])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        var process = Process.Start(start)!;
        return new ChildProcess(
            process, await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"{name} did not start."));
    }

    /// <summary>Prints the address in the child process, and waits until its parent has ended it.</summary>
    public static async Task ServeAsync(string address)
    {
        Console.WriteLine(address);
        while (await Console.In.ReadLineAsync() is not null)
        {
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}

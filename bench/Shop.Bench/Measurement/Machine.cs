using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Shop.Bench.Measurement;

internal static class Machine
{
    private const string LoadAverageFile = "/proc/loadavg";

    private static readonly TimeSpan _idleTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan _pollInterval = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Waits until the load average of one minute is at most <c>--max-load</c>, by default 1. A build just before the run has raised it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The machine is still busy after five minutes.</exception>
    public static async Task WaitUntilIdleAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        var max = arguments.GetInt32("max-load", 1);
        for (var waited = TimeSpan.Zero; ReadLoadAverage() > max; waited += _pollInterval)
        {
            if (waited >= _idleTimeout)
            {
                throw new InvalidOperationException($"The load average is above {max}: the machine is busy. --max-load allows more.");
            }

            await Task.Delay(_pollInterval, cancellationToken);
        }

        Console.WriteLine(FormattableString.Invariant($"Load average before the run: {ReadLoadAverage()}"));
    }

    /// <summary>
    /// Describes the machine and the commit as a Markdown table. The load average before the run shows whether other processes were busy.
    /// </summary>
    public static string Describe() => string.Create(CultureInfo.InvariantCulture, $"""
        | | |
        |---|---|
        | Date | {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC |
        | Commit | {GetCommit()} |
        | Processor | {Environment.ProcessorCount} x {ReadValue("/proc/cpuinfo", "model name")} |
        | Memory | {KibibytesOfMemory() / 1024 / 1024:0} GiB |
        | System | {ReadValue("/etc/os-release", "PRETTY_NAME").Trim('"')}, Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()} |
        | .NET | {RuntimeInformation.FrameworkDescription}, Release, server GC |
        | Load average before the run (1 min) | {ReadLoadAverage()} |
        """);

    private static double ReadLoadAverage() =>
        double.Parse(File.ReadAllText(LoadAverageFile).Split(' ')[0], CultureInfo.InvariantCulture);

    // MemTotal:       24684900 kB
    private static double KibibytesOfMemory() =>
        double.Parse(ReadValue("/proc/meminfo", "MemTotal").Split(' ')[0], CultureInfo.InvariantCulture);

    // "model name	: Intel..." and PRETTY_NAME="Debian..."
    private static string ReadValue(string file, string name) =>
        File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal)).Split([':', '='], 2)[1].Trim();

    /// <summary>Returns the commit of the working tree, and whether it is modified. The results of other benchmarks do not count.</summary>
    public static string GetCommit() => Git("rev-parse", "--short", "HEAD") is { Length: > 0 } commit
        ? commit + (Git("status", "--porcelain", "--untracked-files=no", ":(top)", ":(top,exclude)bench/results").Length > 0
            ? " (modified)"
            : "")
        : "unknown";

    private static string Git(params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true })!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return output.Trim();
    }
}

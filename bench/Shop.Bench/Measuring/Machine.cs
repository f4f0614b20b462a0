using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Shop.Bench.Measuring;

internal static class Machine
{
    /// <summary>What the figures were measured on, and with which commit. The load before tells whether anybody else was at work.</summary>
    public static string Describe() => string.Create(CultureInfo.InvariantCulture, $"""
        | | |
        |---|---|
        | Date | {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC |
        | Commit | {Commit()} |
        | Processor | {Environment.ProcessorCount} x {After("/proc/cpuinfo", "model name")} |
        | Memory | {double.Parse(After("/proc/meminfo", "MemTotal").Split(' ')[0], CultureInfo.InvariantCulture) / 1024 / 1024:0} GiB |
        | System | {After("/etc/os-release", "PRETTY_NAME").Trim('"')}, Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()} |
        | .NET | {RuntimeInformation.FrameworkDescription}, Release, server GC |
        | Load before (1 min) | {File.ReadAllText("/proc/loadavg").Split(' ')[0]} |
        """);

    // "model name	: Intel..." and PRETTY_NAME="Debian..."
    private static string After(string file, string name) =>
        File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal)).Split([':', '='], 2)[1].Trim();

    private static string Commit() => Git("rev-parse", "--short", "HEAD") is { Length: > 0 } commit
        ? commit + (Git("status", "--porcelain", "--untracked-files=no").Length > 0 ? ", with changes" : "")
        : "unknown";

    private static string Git(params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true })!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        return output.Trim();
    }
}

using System.ComponentModel;
using System.Diagnostics;

namespace Shop.Tests.Integration.Support;

/// <summary>Runs commands of the container runtime that the AppHost uses: Docker or Podman.</summary>
internal static class ContainerRuntime
{
    private static readonly Lazy<Task<string>> _client = new(FindAsync);

    /// <summary>Runs a command.</summary>
    /// <exception cref="InvalidOperationException">The command failed.</exception>
    public static async Task RunAsync(params string[] arguments)
    {
        var client = await _client.Value;
        var (exitCode, error) = await TryRunAsync(client, arguments);
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"{client} {string.Join(' ', arguments)} failed with exit code {exitCode}: {error}");
        }
    }

    /// <summary>Removes a volume as soon as no container uses it any more.</summary>
    public static async Task RemoveVolumeAsync(string volume)
    {
        var client = await _client.Value;
        await Eventually.ReadAsync(
            () => TryRunAsync(client, ["volume", "rm", volume]),
            result => result.ExitCode == 0 || result.Error.Contains("no such volume", StringComparison.OrdinalIgnoreCase));
    }

    // The same order of preference as the AppHost's.
    private static async Task<string> FindAsync()
    {
        string[] clients = Environment.GetEnvironmentVariable("ASPIRE_CONTAINER_RUNTIME") is { Length: > 0 } configured
            ? [configured]
            : ["docker", "podman"];
        foreach (var client in clients)
        {
            if ((await TryRunAsync(client, ["container", "ls", "-n", "1"])).ExitCode == 0)
            {
                return client;
            }
        }

        throw new InvalidOperationException("No container runtime responds.");
    }

    private static async Task<(int ExitCode, string Error)> TryRunAsync(string client, string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(client, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = await process.StandardError.ReadToEndAsync();
            await output;
            await process.WaitForExitAsync();
            return (process.ExitCode, error.Trim());
        }
        catch (Win32Exception e)
        {
            return (-1, e.Message);
        }
    }
}

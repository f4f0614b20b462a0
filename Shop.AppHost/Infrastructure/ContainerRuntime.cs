using System.ComponentModel;
using System.Diagnostics;

namespace Shop.AppHost.Infrastructure;

/// <summary>Docker or Podman.</summary>
internal static class ContainerRuntime
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Returns whether Docker or Podman is running, or the runtime that <c>ASPIRE_CONTAINER_RUNTIME</c> names. Waits for up to 5 seconds
    /// for each.
    /// </summary>
    public static bool IsRunning() =>
        Environment.GetEnvironmentVariable("ASPIRE_CONTAINER_RUNTIME") is { Length: > 0 } runtime
            ? IsRunning(runtime)
            : IsRunning("docker") || IsRunning("podman");

    // A client on the PATH is not enough, since its daemon may be stopped or absent. Aspire runs the same command to find out, but only
    // after the model has been built, which is too late to choose between containers and local processes.
    private static bool IsRunning(string client)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(client, ["container", "ls", "-n", "1"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;

            if (process.WaitForExit(_timeout))
            {
                return process.ExitCode == 0;
            }

            process.Kill(entireProcessTree: true);
            return false;
        }
        catch (Win32Exception)
        {
            return false; // The client is not installed.
        }
    }
}

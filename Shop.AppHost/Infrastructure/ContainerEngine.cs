using System.ComponentModel;
using System.Diagnostics;

namespace Shop.AppHost.Infrastructure;

internal static class ContainerEngine
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    /// <summary>Whether Docker or Podman answers. A client on the PATH proves nothing: its engine may be absent or stopped.</summary>
    public static bool Answers() =>
        Environment.GetEnvironmentVariable("ASPIRE_CONTAINER_RUNTIME") is { Length: > 0 } runtime
            ? Answers(runtime)
            : Answers("docker") || Answers("podman");

    private static bool Answers(string client)
    {
        try
        {
            // Aspire asks its container runtime the same question.
            using var process = Process.Start(new ProcessStartInfo(client, ["container", "ls", "-n", "1"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;

            if (process.WaitForExit(_patience))
            {
                return process.ExitCode == 0;
            }

            process.Kill();
            return false;
        }
        catch (Win32Exception)
        {
            return false; // no such program
        }
    }
}

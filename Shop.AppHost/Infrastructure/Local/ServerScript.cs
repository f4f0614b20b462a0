namespace Shop.AppHost.Infrastructure.Local;

/// <summary>Runs a server from a shell script.</summary>
/// <remarks>
/// The script is an argument of the shell and not a file, since the data directory may be on a file system that is mounted without the
/// permission to execute programs.
/// </remarks>
internal static class ServerScript
{
    /// <summary>The program that runs the script.</summary>
    public const string Shell = "/bin/sh";

    // Two servers that write to the same files destroy them. When an AppHost is killed, its servers stop some seconds later, and another
    // AppHost may already have started meanwhile. The server and all its child processes inherit the lock, so the next one waits for the
    // last of them. macOS has no flock.
    private const string WaitForPrevious = """
        exec 9>>"$0"
        if command -v flock >/dev/null && ! flock -w 30 9; then
          echo "A server of an earlier run still uses $0. Stop it, and start this one again." >&2
          exit 1
        fi

        """;

    /// <summary>Returns the arguments of the shell. The command line of the server follows them and is <c>"$@"</c> in the script.</summary>
    public static string[] GetArguments(string script, string directory) =>
        ["-c", WaitForPrevious + script, Path.Combine(directory, "lock")];
}

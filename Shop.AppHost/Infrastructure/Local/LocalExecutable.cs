using System.Diagnostics;

namespace Shop.AppHost.Infrastructure.Local;

/// <summary>Finds and runs programs that are installed on this machine.</summary>
internal static class LocalExecutable
{
    /// <summary>Returns the path of a program.</summary>
    /// <param name="program">The file name.</param>
    /// <param name="package">The Debian package that contains the program, for the error message.</param>
    /// <param name="directories">The directories to search before those of the PATH.</param>
    /// <exception cref="DistributedApplicationException">The program is not installed.</exception>
    public static string Find(string program, string package, params IEnumerable<string> directories)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

        return directories.Concat(path).Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists)
            ?? throw new DistributedApplicationException(
                $"{program} is not installed. Install it with 'apt-get install {package}', as ./run does, or start Docker or Podman.");
    }

    /// <summary>Runs a program and returns its standard output.</summary>
    /// <exception cref="DistributedApplicationException">The exit code is not 0. The message contains the standard error.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(), // The program may run as a user who has no access to the current directory.
        })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);

        return process.ExitCode == 0
            ? await output
            : throw new DistributedApplicationException($"{program} failed with exit code {process.ExitCode}: {(await error).Trim()}");
    }
}

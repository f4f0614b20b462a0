using System.Diagnostics;

namespace Shop.AppHost.Infrastructure.Local;

/// <summary>The programs of the machine's own packages that run as local servers.</summary>
internal static class ServerProgram
{
    /// <summary>Finds a program in the places given, then on the PATH.</summary>
    /// <param name="program">The file's name.</param>
    /// <param name="package">The Debian package that has it, for the error.</param>
    /// <param name="places">Directories to look in first.</param>
    /// <exception cref="DistributedApplicationException">It is nowhere; the text says how to install it.</exception>
    public static string Find(string program, string package, params IEnumerable<string> places)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

        return places.Concat(path).Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists)
            ?? throw new DistributedApplicationException(
                $"{program} is not installed, and no container engine answers. Install it with 'apt-get install {package}' (or let ./run do it), or start Docker or Podman.");
    }

    /// <summary>Runs a program to its end and returns what it printed.</summary>
    /// <exception cref="DistributedApplicationException">It failed; the text holds what it said.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(), // a user without access to the current directory could not even start
        })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);

        return process.ExitCode == 0
            ? await output
            : throw new DistributedApplicationException($"{program} failed with exit code {process.ExitCode}: {(await error).Trim()}");
    }
}

using Microsoft.Extensions.Configuration;

namespace Shop.AppHost.Infrastructure;

/// <summary>Reads <c>--infrastructure</c> and <c>--data</c>.</summary>
internal static class CommandLineOptions
{
    /// <summary>Throws if the last argument is an option without its value, which the configuration ignores.</summary>
    /// <exception cref="DistributedApplicationException">The value is missing.</exception>
    public static void ThrowIfValueMissing(string? lastArgument)
    {
        if (lastArgument is "--data" or "--infrastructure")
        {
            throw new DistributedApplicationException($"{lastArgument} has no value.");
        }
    }

    /// <summary>Returns the full path of the directory that <c>--data</c> names; <see langword="null"/> without that option.</summary>
    /// <exception cref="DistributedApplicationException">The value is empty or the name of an option.</exception>
    public static string? GetDataPath(IConfiguration configuration)
    {
        var data = configuration["data"];
        if (data is not null && (string.IsNullOrWhiteSpace(data) || data.StartsWith("--", StringComparison.Ordinal)))
        {
            throw new DistributedApplicationException($"--data is '{data}'; it must be a directory.");
        }

        return data is null ? null : Path.GetFullPath(data, GetCallersDirectory());
    }

    // 'dotnet run' changes the working directory to that of the project. The shell's variable still has the directory of the caller.
    private static string GetCallersDirectory() =>
        Environment.GetEnvironmentVariable("PWD") is { } directory && Path.IsPathFullyQualified(directory) && Directory.Exists(directory)
            ? directory
            : Environment.CurrentDirectory;
}

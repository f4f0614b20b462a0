using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Shop.AppHost.Infrastructure;

/// <summary>The options <c>--infrastructure</c>, <c>--data</c>, <c>--with-visitors</c>, <c>--canary</c> and <c>--collector</c>.</summary>
/// <param name="Infrastructure">The value of <c>--infrastructure</c>; <see langword="null"/> without that option.</param>
/// <param name="DataPath">The full path that <c>--data</c> names; <see langword="null"/> without that option.</param>
/// <param name="VisitsPerMinute">The value of <c>--with-visitors</c>; <see langword="null"/> without that option.</param>
/// <param name="Canary">The value of <c>--canary</c>; <see langword="null"/> without that option.</param>
/// <param name="Collector">Whether <c>--collector</c> is among the arguments.</param>
internal sealed record CommandLineOptions(string? Infrastructure, string? DataPath, int? VisitsPerMinute, string? Canary, bool Collector)
{
    /// <summary>
    /// The maximum of visits per minute: all visitors have one address, and the storefront limits the requests of an address.
    /// </summary>
    public const int MaxVisitsPerMinute = 300;

    private const string CollectorOption = "--collector";

    /// <summary>Reads the command line alone: environment variables of these names are common, and belong to other programs.</summary>
    /// <exception cref="DistributedApplicationException">An option has no value.</exception>
    public static CommandLineOptions Parse(string[] arguments)
    {
        // It has no value, and the configuration would take the next argument for it.
        var collector = arguments.Contains(CollectorOption);
        arguments = [.. arguments.Where(argument => argument != CollectorOption)];

        // The configuration ignores it.
        if (arguments.LastOrDefault() is "--data" or "--infrastructure" or "--with-visitors" or "--canary")
        {
            throw new DistributedApplicationException($"{arguments[^1]} has no value.");
        }

        var options = new ConfigurationBuilder().AddCommandLine(arguments).Build();
        var data = options["data"];
        if (data is not null && (string.IsNullOrWhiteSpace(data) || data.StartsWith("--", StringComparison.Ordinal)))
        {
            throw new DistributedApplicationException($"--data is '{data}'; it must be a directory.");
        }

        return new(
            options["infrastructure"],
            data is null ? null : GetFullPath(data),
            ParseVisits(options["with-visitors"]),
            options["canary"],
            collector);
    }

    /// <summary>Returns a path that is relative to the directory of the caller as a full path.</summary>
    public static string GetFullPath(string path) => Path.GetFullPath(path, GetCallersDirectory());

    private static int? ParseVisits(string? text) => text switch
    {
        null => null,
        _ when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var visits)
            && visits is >= 1 and <= MaxVisitsPerMinute => visits,
        _ => throw new DistributedApplicationException(
            $"--with-visitors is '{text}'; it must be a number of visits per minute from 1 to {MaxVisitsPerMinute}."),
    };

    // 'dotnet run' changes the working directory to that of the project. The shell's variable still has the directory of the caller.
    private static string GetCallersDirectory() =>
        Environment.GetEnvironmentVariable("PWD") is { } directory && Path.IsPathFullyQualified(directory) && Directory.Exists(directory)
            ? directory
            : Environment.CurrentDirectory;
}

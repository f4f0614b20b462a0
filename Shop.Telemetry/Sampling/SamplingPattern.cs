using System.Text.RegularExpressions;

namespace Shop.Telemetry.Sampling;

/// <summary>
/// The regular expressions of sampling and critical-route rules. They are case-insensitive and use the non-backtracking engine: the
/// time of a match is linear in the length of the input for every pattern that can be configured. Lookarounds and backreferences are
/// not supported by that engine.
/// </summary>
internal static class SamplingPattern
{
    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="ArgumentException">The pattern is not a regular expression.</exception>
    /// <exception cref="NotSupportedException">The pattern needs backtracking.</exception>
    public static Regex Compile(string pattern) =>
        new(pattern, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>Returns the validation error of a setting that holds a pattern, or null when the pattern is supported or not set.</summary>
    public static string? GetError(string setting, string? pattern)
    {
        try
        {
            Compile(pattern ?? "");
            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return $"{setting} is not a supported regular expression: {exception.Message}";
        }
    }
}

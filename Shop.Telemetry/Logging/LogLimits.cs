using System.Globalization;

namespace Shop.Telemetry.Logging;

internal static class LogLimits
{
    /// <summary>Of any text in a line. A caller who sends a megabyte does not fill the log, or the queue before it.</summary>
    public const int MaxLength = 8192;

    /// <summary>Of a stack trace, which only we can make long.</summary>
    public const int MaxStackTraceLength = 32768;

    public static string Truncate(string text, int most = MaxLength)
    {
        if (text.Length <= most)
            return text;
        // Not through the middle of a character.
        var end = char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
        return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, end)}… ({text.Length} characters)");
    }
}

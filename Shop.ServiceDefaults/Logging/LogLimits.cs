using System.Globalization;

namespace Shop.ServiceDefaults.Logging;

internal static class LogLimits
{
    /// <summary>Of any text in a line. A caller who sends a megabyte does not fill the log, or the queue before it.</summary>
    public const int MostCharacters = 8192;

    /// <summary>Of a stack trace, which only we can make long.</summary>
    public const int MostOfStack = 32768;

    public static string Cut(string text, int most = MostCharacters)
    {
        if (text.Length <= most)
            return text;
        // Not through the middle of a character.
        var end = char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
        return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, end)}… ({text.Length} characters)");
    }
}

using System.Globalization;

namespace Shop.Telemetry.Logging;

/// <summary>Limits the length of texts in log records, so that a large request can fill neither the log nor its queues.</summary>
internal static class LogLimits
{
    /// <summary>The maximum length of a message or text value, in characters.</summary>
    public const int MaxLength = 8192;

    /// <summary>The maximum length of a stack trace, in characters. It is larger, because a caller cannot make one long.</summary>
    public const int MaxStackTraceLength = 32768;

    /// <summary>Truncates a text and appends its original length; returns the text itself if it is short enough.</summary>
    public static string Truncate(string text, int maxLength = MaxLength)
    {
        if (text.Length <= maxLength)
        {
            return text;
        }

        // Surrogate pairs are not split.
        var end = char.IsHighSurrogate(text[maxLength - 1]) ? maxLength - 1 : maxLength;
        return string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, end)}… ({text.Length} characters)");
    }
}

using System.Text.RegularExpressions;

namespace Shop.Contracts;

/// <summary>
/// Regular expressions of the texts that people enter. Other programs put them into headers, labels and files, where a control character
/// ends a line or a text.
/// </summary>
public static class TextPatterns
{
    /// <summary>A text in one line: it has no control characters and no separators of lines and paragraphs.</summary>
    public const string SingleLine = @"^[^\p{Cc}\p{Zl}\p{Zp}]*$";

    /// <summary>A text that may have line breaks, and has no other control characters.</summary>
    public const string Multiline = @"^[^\x00-\x09\x0B\x0C\x0E-\x1F\x7F-\x9F]*$";

    internal const string SingleLineError = "The field {0} must have no control characters, such as line breaks.";
    internal const string MultilineError = "The field {0} must have no control characters other than line breaks.";

    // "$" also matches before a final line break.
    internal static bool IsFullMatch(this Regex pattern, string? text) =>
        text is not null && !text.EndsWith('\n') && pattern.IsMatch(text);
}

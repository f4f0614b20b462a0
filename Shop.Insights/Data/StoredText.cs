namespace Shop.Insights.Data;

/// <summary>Texts as PostgreSQL stores them.</summary>
internal static class StoredText
{
    /// <summary>Returns a text as it can be stored: cut between two characters, and without null characters.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">The maximum length, in UTF-16 code units.</param>
    public static string Limit(string text, int maxLength)
    {
        if (text.Length > maxLength)
        {
            // Half of a pair of surrogates is no text.
            text = text[..(char.IsHighSurrogate(text[maxLength - 1]) ? maxLength - 1 : maxLength)];
        }

        // PostgreSQL stores no null characters.
        return text.Replace('\0', '\uFFFD');
    }
}

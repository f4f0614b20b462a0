namespace Shop.Catalog.Products;

/// <summary>
/// A search for products that contain all words of a text, each as a word or the prefix of one. All characters but letters and digits
/// separate words, so the text cannot contain operators of PostgreSQL's query language.
/// </summary>
internal sealed class SearchQuery
{
    public const int MaxLength = 200;

    // More words make a search slower without making it more precise.
    private const int MaxWords = 10;

    private SearchQuery(string text) => Text = text;

    /// <summary>The query in the syntax of <c>to_tsquery</c>: <c>'moka':* &amp; 'three':*</c>.</summary>
    public string Text { get; }

    /// <summary>Parses a text, or returns null if it contains no words.</summary>
    public static SearchQuery? Parse(string? text)
    {
        var words = SplitWords(text ?? "").Distinct(StringComparer.Ordinal).Take(MaxWords).Select(word => $"'{word}':*").ToList();
        return words.Count > 0 ? new SearchQuery(string.Join(" & ", words)) : null;
    }

    private static IEnumerable<string> SplitWords(string text)
    {
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && char.IsLetterOrDigit(text[i]))
            {
                continue;
            }

            if (i > start)
            {
                yield return text[start..i].ToLowerInvariant();
            }

            start = i + 1;
        }
    }
}

namespace Shop.Catalog.Products;

/// <summary>
/// What somebody typed into a search box, as words that must all be found, each at least as the beginning of one. Anything may be
/// typed: what is not a letter or a digit only separates words, so nothing of Postgres's own query language gets through.
/// </summary>
internal sealed class SearchQuery
{
    public const int LongestText = 200;

    // More words only make it slower, not better.
    private const int MostWords = 10;

    private SearchQuery(string text) => Text = text;

    /// <summary>For <c>to_tsquery</c>: <c>'moka':* &amp; 'three':*</c></summary>
    public string Text { get; }

    /// <summary>Null when there is no word in it.</summary>
    public static SearchQuery? Parse(string text)
    {
        var words = WordsOf(text).Distinct(StringComparer.Ordinal).Take(MostWords).Select(word => $"'{word}':*").ToList();
        return words.Count > 0 ? new SearchQuery(string.Join(" & ", words)) : null;
    }

    private static IEnumerable<string> WordsOf(string text)
    {
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && char.IsLetterOrDigit(text[i]))
                continue;
            if (i > start)
                yield return text[start..i].ToLowerInvariant();
            start = i + 1;
        }
    }
}

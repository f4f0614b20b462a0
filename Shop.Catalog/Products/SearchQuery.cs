namespace Shop.Catalog.Products;

/// <summary>A search for products that contain all words of a text, each as a word or the prefix of one.</summary>
/// <remarks>
/// A single letter, digit or symbol matches only the same word: as a prefix it would match, and rank, almost every product. A search for
/// such words alone looks at names, SKUs and categories, because "a" is in almost every description.
/// </remarks>
internal sealed class SearchQuery
{
    public const int MaxLength = 200;

    // More words make a search slower without making it more precise.
    private const int MaxWords = 10;

    private SearchQuery(string words, string stems) => (Words, Stems) = (words, stems);

    /// <summary>The query in the syntax of <c>to_tsquery</c>: <c>'moka':* &amp; 'three':*</c>.</summary>
    public string Words { get; }

    /// <summary>The query for stems of words, in the same syntax; empty if only words as they are written can match.</summary>
    public string Stems { get; }

    /// <summary>Parses a text, or returns null if it contains no words.</summary>
    public static SearchQuery? Parse(string? text)
    {
        var words = SearchWords.Split(text ?? "").Distinct(StringComparer.Ordinal).Take(MaxWords).ToList();
        if (words.Count == 0)
        {
            return null;
        }

        if (words.TrueForAll(SearchWords.IsSingleCharacter))
        {
            return new SearchQuery(string.Join(" & ", words.Select(word => $"'{SearchIndex.SingleCharacterPrefix}{word}'")), "");
        }

        var query = string.Join(" & ", words.Select(word => SearchWords.IsSingleCharacter(word) ? $"'{word}'" : $"'{word}':*"));
        return new SearchQuery(query, query);
    }
}

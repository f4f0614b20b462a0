namespace Shop.Catalog.Products;

/// <summary>
/// What of a product can be searched: its words as they are written, which their beginnings find, and their stems, which other forms of
/// the word find ("grinders", "grinding"). A word in the name counts more than one in the category, and that more than one in the description.
/// </summary>
internal static class SearchIndex
{
    /// <summary>Postgres's text search configuration for stems. The shop's texts are English; a fork says here what its are.</summary>
    public const string Stems = "english";

    public const string Words = "simple";

    public const string Sql =
        $"""
         setweight(to_tsvector('{Stems}', name), 'A') || setweight(to_tsvector('{Words}', name), 'A') ||
         setweight(to_tsvector('{Words}', category), 'B') ||
         setweight(to_tsvector('{Stems}', description), 'C') || setweight(to_tsvector('{Words}', description), 'C')
         """;
}

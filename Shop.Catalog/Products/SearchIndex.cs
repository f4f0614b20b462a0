namespace Shop.Catalog.Products;

/// <summary>
/// The full-text index of products. It contains words as they are written, for searches by prefix, and their stems, for searches by
/// another form of a word ("grinders", "grinding"). Weights in descending order: name, category, description.
/// </summary>
internal static class SearchIndex
{
    /// <summary>
    /// PostgreSQL text search configuration of stems, for the language of the product texts. A change of it needs a migration.
    /// </summary>
    public const string Stems = "english";

    /// <summary>PostgreSQL text search configuration of words as they are written.</summary>
    public const string Words = "simple";

    /// <summary>SQL expression of the search vector.</summary>
    public const string Sql =
        $"""
         setweight(to_tsvector('{Stems}', name), 'A') || setweight(to_tsvector('{Words}', name), 'A') ||
         setweight(to_tsvector('{Words}', category), 'B') ||
         setweight(to_tsvector('{Stems}', description), 'C') || setweight(to_tsvector('{Words}', description), 'C')
         """;
}

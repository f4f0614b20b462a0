using System.Globalization;
using System.Text;
using NpgsqlTypes;

namespace Shop.Catalog.Products;

/// <summary>
/// The full-text index of products. It contains words as they are written, for searches by prefix, and their stems, for searches by
/// another form of a word ("grinders", "grinding"). Weights in descending order: name and SKU, category, description.
/// </summary>
/// <remarks>
/// The migrations define the SQL functions. <c>product_search_vector(words, name, description)</c> and
/// <c>product_search_query(words, stems)</c> bring texts to one Unicode form without accents with <c>fold_words</c>. Their text search
/// configuration of stems is <c>english</c>: change it there for product texts in another language.
/// </remarks>
internal static class SearchIndex
{
    /// <summary>
    /// Precedes the single characters of names, SKUs and categories, which are in the index once more with it. No word contains it.
    /// </summary>
    public const char SingleCharacterPrefix = '=';

    /// <summary>Returns the arguments of <c>product_search_vector</c> for the texts of a product.</summary>
    public static (string Words, string Name, string Description) CreateDocument(
        string sku, string name, string category, string description)
    {
        var (nameWords, descriptionWords) = (SearchWords.Split(name), SearchWords.Split(description));
        var vector = new StringBuilder();
        var position = 0;
        Append(nameWords, 'A');
        Append(SearchWords.Split(sku), 'A');
        Append(SearchWords.Split(category), 'B');
        Append(descriptionWords, 'C');
        return (vector.ToString(), string.Join(' ', nameWords), string.Join(' ', descriptionWords));

        void Append(IReadOnlyList<string> words, char weight)
        {
            foreach (var word in words)
            {
                position++;
                vector.Append(CultureInfo.InvariantCulture, $"'{word}':{position}{weight} ");
                if (weight != 'C' && SearchWords.IsSingleCharacter(word))
                {
                    vector.Append(CultureInfo.InvariantCulture, $"'{SingleCharacterPrefix}{word}':{position}{weight} ");
                }
            }
        }
    }

    /// <summary>Returns the query of a <see cref="SearchQuery"/>, in queries of EF Core only.</summary>
    public static NpgsqlTsQuery Query(string words, string stems) => throw new NotSupportedException($"{words} {stems}");
}

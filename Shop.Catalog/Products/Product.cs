using NpgsqlTypes;
using Shop.Catalog.Stock;
using Shop.Contracts;

namespace Shop.Catalog.Products;

/// <summary>A product of the catalog.</summary>
internal sealed class Product
{
    public const int MaxSkuLength = OrderLimits.MaxSkuLength;
    public const int MaxNameLength = OrderLimits.MaxNameLength;
    public const int MaxDescriptionLength = 2000;
    public const int MaxCategoryLength = 50;

    /// <summary>Maximum price, in minor units of the currency.</summary>
    public const long MaxPrice = 1_000_000_000;

    public const string SkuPattern = OrderLimits.SkuPattern;

    // Texts must not be blank. Control characters are invalid: PostgreSQL rejects NUL, and a terminal interprets the others. Each pattern
    // is white space, a character that is not, and the rest: there is one way to divide a text, so the time to match it is linear.
    public const string SingleLinePattern = @"^\p{Z}*[^\s\p{Cc}][^\p{Cc}]*$";
    public const string MultilinePattern = @"^[\n\r\t\p{Z}]*[^\s\p{Cc}][^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*$";
    public const string CategoryPattern = @"^[^\p{Cc}\s][^\p{Cc}]{0,49}$";

    public required string Sku { get; init; }
    public required string Name { get; init; }
    public required string Description { get; init; }
    public required string Category { get; init; }
    public required Money Price { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// Version for optimistic concurrency. Each update of the properties above increments it; a change of the stock does not.
    /// </summary>
    public int Version { get; init; } = 1;

    public required StockItem Stock { get; init; }

    /// <summary>
    /// Search vector of name, SKU, category and description, written by the statements that write these. See <see cref="SearchIndex"/>.
    /// <see cref="SearchIndexUpdate"/> writes those that are missing or outdated.
    /// </summary>
    public NpgsqlTsVector? Search { get; init; }

    /// <summary>The <see cref="Version"/> of the texts in the search vector; 0 if none was written.</summary>
    public int SearchVersion { get; init; }

    /// <summary>The <see cref="SearchWords.Version"/> of the words in the search vector; 0 if none was written.</summary>
    public int WordsVersion { get; init; }
}

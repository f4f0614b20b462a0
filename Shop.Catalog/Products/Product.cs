using NpgsqlTypes;
using Shop.Catalog.Stock;
using Shop.Contracts;

namespace Shop.Catalog.Products;

internal sealed class Product
{
    public const int SkuLength = 32;
    public const int NameLength = 100;
    public const int DescriptionLength = 2000;
    public const int CategoryLength = 50;
    public const long HighestPrice = 1_000_000_000;

    public const string SkuPattern = "^[A-Za-z0-9-]{1,32}$";

    // A line of text, something else than space in it; no control characters, which Postgres would refuse or a screen would obey.
    public const string LinePattern = @"^(?=.*\S)[^\p{Cc}]*$";
    public const string TextPattern = @"^(?=[\s\S]*\S)[^\p{Cc}\n\r\t]*([\n\r\t]+[^\p{Cc}\n\r\t]*)*$";
    public const string CategoryPattern = @"^[^\p{Cc}\s][^\p{Cc}]{0,49}$";
    public const string CurrencyPattern = "^[A-Z]{3}$";

    public required string Sku { get; init; }
    public required string Name { get; init; }
    public required string Description { get; init; }
    public required string Category { get; init; }
    public required Money Price { get; init; }

    /// <summary>Since when it is sold.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>One more with each change of the above, so that nobody overwrites what they have not seen. Stock does not count.</summary>
    public int Version { get; init; } = 1;

    public required StockItem Stock { get; init; }

    /// <summary>Made by the database from name, category and description; see <see cref="SearchQuery"/>.</summary>
    public NpgsqlTsVector? Search { get; init; }
}

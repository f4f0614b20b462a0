using Shop.Contracts;

namespace Shop.Catalog.Products;

internal sealed class Product
{
    public const int SkuLength = 32;

    public required string Sku { get; init; }
    public required string Name { get; set; }
    public required string Description { get; set; }
    public required string Category { get; set; }
    public required Money Price { get; set; }
}

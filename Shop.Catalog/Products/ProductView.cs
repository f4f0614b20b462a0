using Shop.Contracts;

namespace Shop.Catalog.Products;

/// <summary>A product with its availability.</summary>
/// <param name="Sku">SKU of the product. It never changes.</param>
/// <param name="Name">Display name.</param>
/// <param name="Description">Description in plain text.</param>
/// <param name="Category">Category of the product.</param>
/// <param name="Price">Price of one unit, in minor units of the currency: 1299 EUR is 12.99 euros.</param>
/// <param name="Available">Units available for purchase.</param>
/// <param name="CreatedAt">Time when the product was created.</param>
public sealed record ProductView(
    string Sku, string Name, string Description, string Category, Money Price, int Available, DateTimeOffset CreatedAt);

namespace Shop.Contracts.Messages;

/// <summary>A line of an order, at the price that Catalog confirmed at checkout.</summary>
/// <param name="Sku">SKU of the product.</param>
/// <param name="Name">Name of the product at checkout.</param>
/// <param name="Quantity">Units of the product, 1 to <see cref="OrderLimits.MaxQuantity"/>.</param>
/// <param name="UnitPrice">Price of one unit.</param>
public sealed record OrderLine(string Sku, string Name, int Quantity, Money UnitPrice);

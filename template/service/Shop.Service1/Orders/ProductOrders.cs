namespace Shop.Service1.Orders;

/// <summary>The orders of a product.</summary>
/// <param name="Sku">Stock keeping unit.</param>
/// <param name="Orders">Number of confirmed orders that contain the product.</param>
public sealed record ProductOrders(string Sku, long Orders);

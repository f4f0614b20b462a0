namespace Shop.Contracts.Messages;

/// <summary>
/// Staff changed a product. Catalog publishes the message to all processes that are running; each one of Cart corrects the product in its
/// cache.
/// </summary>
/// <remarks>
/// Delivered at most once, in any order: a process must be able to do without it. A change of the stock publishes no message.
/// </remarks>
/// <param name="Sku">SKU of the product.</param>
/// <param name="Name">Display name.</param>
/// <param name="Price">Price of one unit.</param>
/// <param name="Version">Version of the product. Each change increments it.</param>
public sealed record ProductChanged(string Sku, string Name, Money Price, int Version);

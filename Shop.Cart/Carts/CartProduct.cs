using Shop.Contracts;

namespace Shop.Cart.Carts;

/// <summary>A product as a cart shows it.</summary>
/// <param name="Name">Display name.</param>
/// <param name="Price">Price of one unit.</param>
/// <param name="Available">Units available for purchase.</param>
internal sealed record CartProduct(string Name, Money Price, int Available);

using System.Globalization;
using Shop.Contracts;

namespace Shop.Cart.Carts;

/// <summary>A line of a cart as stored in Redis.</summary>
/// <param name="Sku">SKU of the product.</param>
/// <param name="Quantity">Units of the product, 1 to 99.</param>
/// <param name="Price">Unit price when the line was last set; null if Catalog was unavailable.</param>
internal readonly record struct CartLine(string Sku, int Quantity, Money? Price = null)
{
    /// <summary>
    /// Formats the price of a stored line, which follows the quantity: a space and the price, or an empty string if the price is null.
    /// </summary>
    public static string FormatPrice(Money? price) => price is { } known ? string.Create(CultureInfo.InvariantCulture, $" {known}") : "";

    /// <summary>Parses a stored line: <c>2 1299 EUR</c>, or <c>2</c> without a price.</summary>
    public static CartLine Parse(string sku, string text)
    {
        var parts = text.Split(' ');
        var quantity = int.Parse(parts[0], CultureInfo.InvariantCulture);
        Money? price = parts.Length == 3 ? new Money(long.Parse(parts[1], CultureInfo.InvariantCulture), parts[2]) : null;
        return new CartLine(sku, quantity, price);
    }
}

using System.Globalization;
using Shop.Contracts;

namespace Shop.Cart.Carts;

/// <summary>What holds for every cart.</summary>
internal static class CartRules
{
    public const string CartIdPattern = "^[A-Za-z0-9_-]{1,64}$";
    public const string SkuPattern = "^[A-Za-z0-9-]{1,32}$";
    public const int MostPieces = 99;
}

/// <param name="Sku">The product's number.</param>
/// <param name="Quantity">1 to 99.</param>
/// <param name="Price">What a piece cost when it was put in; null when nobody knew.</param>
internal readonly record struct CartLine(string Sku, int Quantity, Money? Price = null)
{
    /// <summary>The price as the store keeps it behind the quantity, with the space that parts them: "2 1299 EUR".</summary>
    public static string Text(Money? price) => price is { } known ? string.Create(CultureInfo.InvariantCulture, $" {known}") : "";

    public static CartLine Parse(string sku, string text)
    {
        var parts = text.Split(' ');
        var quantity = int.Parse(parts[0], CultureInfo.InvariantCulture);
        return new CartLine(sku, quantity, parts.Length == 3 ? new Money(long.Parse(parts[1], CultureInfo.InvariantCulture), parts[2]) : null);
    }
}

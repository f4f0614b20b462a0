using Shop.Contracts.Catalog.V1;
using Money = Shop.Contracts.Money;

namespace Shop.Cart.Carts;

/// <param name="CartId">The cart's id.</param>
/// <param name="Lines">What is in it.</param>
/// <param name="ItemCount">Pieces in all lines together.</param>
/// <param name="Total">What it would cost now; null while a price is missing, and when the lines are in several currencies.</param>
/// <param name="PricesConfirmed">False when the catalog could not be asked: the cart is right, its prices are not known.</param>
/// <param name="PricesChanged">Whether a line costs something else than when it was put in; it shows both prices.</param>
/// <param name="Problem">Why the cart cannot be bought although each line could: mixed_currencies.</param>
public sealed record CartView(
    string CartId, IReadOnlyList<CartLineView> Lines, int ItemCount, Money? Total, bool PricesConfirmed, bool PricesChanged, string? Problem)
{
    internal static CartView Of(string cartId, IReadOnlyList<CartLine> lines, IReadOnlyDictionary<string, Product>? products)
    {
        var views = lines.Select(line => CartLineView.Of(line, products)).ToList();
        var mixed = views.Select(line => line.UnitPrice?.Currency).OfType<string>().Distinct().Count() > 1;
        var total = !mixed && views.TrueForAll(line => line.Total is not null) ? Money.Sum(views.Select(line => line.Total!.Value)) : null;
        return new CartView(
            cartId, views, lines.Sum(line => line.Quantity), total,
            PricesConfirmed: products is not null,
            PricesChanged: views.Exists(line => line.PriceBefore is not null),
            Problem: mixed ? CartProblems.MixedCurrencies : null);
    }
}

/// <param name="Sku">The product's number.</param>
/// <param name="Name">The product's name; null when it is not known.</param>
/// <param name="Quantity">1 to 99.</param>
/// <param name="UnitPrice">The price now; null when it is not known.</param>
/// <param name="PriceBefore">What a piece cost when it was put in, when that was something else; null otherwise.</param>
/// <param name="Total">Unit price times quantity.</param>
/// <param name="Available">Pieces that can be bought now.</param>
/// <param name="Problem">Why this line cannot be bought as it is: unknown_product, out_of_stock; null when it can, or when nobody knows.</param>
public sealed record CartLineView(string Sku, string? Name, int Quantity, Money? UnitPrice, Money? PriceBefore, Money? Total, int? Available, string? Problem)
{
    internal static CartLineView Of(CartLine line, IReadOnlyDictionary<string, Product>? products)
    {
        if (products?.GetValueOrDefault(line.Sku) is not { } product)
            return new CartLineView(line.Sku, null, line.Quantity, null, null, null, null, products is null ? null : LineProblems.UnknownProduct);

        var price = product.PriceNow();
        var problem = product.Available < line.Quantity ? LineProblems.OutOfStock : null;
        return new CartLineView(
            line.Sku, product.Name, line.Quantity, price, line.Price == price ? null : line.Price, price * line.Quantity, product.Available, problem);
    }
}

internal static class LineProblems
{
    public const string UnknownProduct = "unknown_product";
    public const string OutOfStock = "out_of_stock";
}

internal static class CartProblems
{
    public const string MixedCurrencies = "mixed_currencies";
}

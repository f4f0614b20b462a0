using Shop.Contracts;

namespace Shop.Cart.Carts;

/// <param name="CartId">Cart identifier.</param>
/// <param name="Lines">Lines of the cart in ascending order of their SKUs.</param>
/// <param name="ItemCount">Units of all lines in total.</param>
/// <param name="Total">Total at current prices; null if a price is missing or the lines are in more than one currency.</param>
/// <param name="PricesConfirmed">False if prices are temporarily unavailable. The lines and their quantities are complete.</param>
/// <param name="PricesChanged">
/// True if the current price of at least one line was not shown when the line was set: it has changed since, see previousUnitPrice, or
/// prices were unavailable. A checkout then requires expectedTotal.
/// </param>
/// <param name="Problem">Problem code if the cart as a whole cannot be purchased: mixed_currencies. Otherwise null.</param>
public sealed record CartView(
    string CartId,
    IReadOnlyList<CartLineView> Lines,
    int ItemCount,
    Money? Total,
    bool PricesConfirmed,
    bool PricesChanged,
    string? Problem)
{
    internal static CartView Of(string cartId, IReadOnlyList<CartLine> lines, IReadOnlyDictionary<string, CartProduct>? products)
    {
        var views = lines.Select(line => CartLineView.Of(line, products)).ToList();
        var changed = views.Zip(lines).Where(pair => pair.First.UnitPrice is { } price && price != pair.Second.Price);
        var mixed = views.Select(line => line.UnitPrice?.Currency).OfType<string>().Distinct().Count() > 1;
        var priced = views.TrueForAll(line => line.Total is not null);
        var total = priced && !mixed ? Money.Sum(views.Select(line => line.Total!.Value)) : null;
        return new CartView(
            cartId, views, lines.Sum(line => line.Quantity), total,
            PricesConfirmed: products is not null,
            PricesChanged: changed.Any(),
            Problem: mixed ? ProblemCodes.MixedCurrencies : null);
    }
}

/// <param name="Sku">SKU of the product.</param>
/// <param name="Name">Name of the product; null if it is unavailable.</param>
/// <param name="Quantity">Units of the product, 1 to 99.</param>
/// <param name="UnitPrice">Current price of one unit; null if it is unavailable.</param>
/// <param name="PreviousUnitPrice">Unit price when the line was set, if it differs from the current one. Otherwise null.</param>
/// <param name="Total">Current unit price times quantity; null if the price is unavailable.</param>
/// <param name="Available">Units available for purchase; null if the number is unavailable.</param>
/// <param name="Problem">Problem code if the line cannot be purchased: unknown_product or out_of_stock. Otherwise null.</param>
public sealed record CartLineView(
    string Sku, string? Name, int Quantity, Money? UnitPrice, Money? PreviousUnitPrice, Money? Total, int? Available, string? Problem)
{
    internal static CartLineView Of(CartLine line, IReadOnlyDictionary<string, CartProduct>? products)
    {
        if (products?.GetValueOrDefault(line.Sku) is not { } product)
        {
            var unknown = products is null ? null : ProblemCodes.UnknownProduct;
            return new CartLineView(line.Sku, null, line.Quantity, null, null, null, null, unknown);
        }

        var price = product.Price;
        var previousPrice = line.Price == price ? null : line.Price;
        var problem = product.Available < line.Quantity ? ProblemCodes.OutOfStock : null;
        return new CartLineView(
            line.Sku, product.Name, line.Quantity, price, previousPrice, price * line.Quantity, product.Available, problem);
    }
}

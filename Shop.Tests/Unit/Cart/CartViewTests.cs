using Shop.Cart.Carts;
using Shop.Contracts;

namespace Shop.Tests.Unit.Cart;

public class CartViewTests
{
    private static readonly CartLine _mug = new("MUG", 2);
    private static readonly CartLine _hat = new("HAT", 1);

    [Fact]
    public void Total_is_the_sum_of_the_line_totals_at_catalog_prices()
    {
        var cart = CartView.Of("c1", [_hat, _mug], Catalog(("MUG", 1500, 10), ("HAT", 999, 1)));

        Assert.True(cart.PricesConfirmed);
        Assert.Equal(3, cart.ItemCount);
        Assert.Equal(new Money(3999, "EUR"), cart.Total);
        Assert.Equal(new Money(3000, "EUR"), cart.Lines[1].Total);
        Assert.All(cart.Lines, line => Assert.Null(line.Problem));
    }

    [Theory]
    [InlineData(1500L, false)]
    [InlineData(1400L, true)]
    [InlineData(null, true)] // Catalog was unavailable when the line was set, so no response has contained its price.
    public void Prices_have_changed_when_the_current_price_of_a_line_was_not_shown(long? shown, bool changed)
    {
        var line = new CartLine("MUG", 2, shown is { } amount ? new Money(amount, "EUR") : null);
        var cart = CartView.Of("c1", [line], Catalog(("MUG", 1500, 10)));

        Assert.Equal(changed, cart.PricesChanged);
        Assert.Equal(shown is null or 1500 ? null : line.Price, Assert.Single(cart.Lines).PreviousUnitPrice);
    }

    [Fact]
    public void Cart_has_lines_without_prices_when_the_catalog_is_unavailable()
    {
        var cart = CartView.Of("c1", [_mug], products: null);

        Assert.False(cart.PricesConfirmed);
        Assert.Null(cart.Total);
        Assert.Equal(new CartLineView("MUG", null, 2, null, null, null, null, null), Assert.Single(cart.Lines));
    }

    [Fact]
    public void Line_has_a_problem_code_when_it_cannot_be_purchased()
    {
        var cart = CartView.Of("c1", [_mug, _hat], Catalog(("MUG", 1500, 1)));

        Assert.Equal(["out_of_stock", "unknown_product"], cart.Lines.Select(line => line.Problem));
        Assert.Null(cart.Total);
    }

    [Fact]
    public void Empty_cart_has_no_total()
    {
        var cart = CartView.Of("c1", [], Catalog());

        Assert.Empty(cart.Lines);
        Assert.Null(cart.Total);
    }

    private static Dictionary<string, CartProduct> Catalog(params (string Sku, long Price, int Available)[] products) =>
        products.ToDictionary(
            product => product.Sku, product => new CartProduct(product.Sku, new Money(product.Price, "EUR"), product.Available));
}

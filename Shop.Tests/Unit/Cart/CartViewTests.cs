using Shop.Cart.Carts;
using Shop.Contracts.Catalog.V1;
using Money = Shop.Contracts.Money;

namespace Shop.Tests.Unit.Cart;

public class CartViewTests
{
    private static readonly CartLine _mug = new("MUG", 2);
    private static readonly CartLine _hat = new("HAT", 1);

    [Fact]
    public void Prices_are_those_of_the_catalog_and_add_up()
    {
        var cart = CartView.Of("c1", [_hat, _mug], Catalog(("MUG", 1500, 10), ("HAT", 999, 1)));

        Assert.True(cart.PricesConfirmed);
        Assert.Equal(3, cart.ItemCount);
        Assert.Equal(new Money(3999, "EUR"), cart.Total);
        Assert.Equal(new Money(3000, "EUR"), cart.Lines[1].Total);
        Assert.All(cart.Lines, line => Assert.Null(line.Problem));
    }

    [Fact]
    public void Without_the_catalog_the_cart_is_there_but_not_its_prices()
    {
        var cart = CartView.Of("c1", [_mug], products: null);

        Assert.False(cart.PricesConfirmed);
        Assert.Null(cart.Total);
        Assert.Equal(new CartLineView("MUG", null, 2, null, null, null, null, null), Assert.Single(cart.Lines));
    }

    [Fact]
    public void A_line_says_why_it_cannot_be_bought()
    {
        var cart = CartView.Of("c1", [_mug, _hat], Catalog(("MUG", 1500, 1)));

        Assert.Equal(["out_of_stock", "unknown_product"], cart.Lines.Select(line => line.Problem));
        Assert.Null(cart.Total);
    }

    [Fact]
    public void An_empty_cart_costs_nothing_in_no_currency()
    {
        var cart = CartView.Of("c1", [], Catalog());

        Assert.Empty(cart.Lines);
        Assert.Null(cart.Total);
    }

    private static Dictionary<string, Product> Catalog(params (string Sku, long Price, int Available)[] products) => products.ToDictionary(
        product => product.Sku,
        product => new Product
        {
            Sku = product.Sku,
            Name = product.Sku,
            Price = new Shop.Contracts.Catalog.V1.Money { Amount = product.Price, Currency = "EUR" },
            Available = product.Available,
        });
}

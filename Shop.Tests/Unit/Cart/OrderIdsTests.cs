using Shop.Cart.Checkout;

namespace Shop.Tests.Unit.Cart;

public class OrderIdsTests
{
    [Fact]
    public void Order_id_never_changes_for_the_same_cart_and_key() =>
        Assert.Equal(Guid.Parse("4a4203f0-3a20-80c7-8979-7e2068842b7e"), OrderIds.For("c1", "k1"));

    [Fact]
    public void Order_id_differs_when_cart_or_key_differs()
    {
        Assert.NotEqual(OrderIds.For("c1", "k1"), OrderIds.For("c1", "k2"));
        Assert.NotEqual(OrderIds.For("c1", "k1"), OrderIds.For("c2", "k1"));
        Assert.NotEqual(OrderIds.For("c1", "1k"), OrderIds.For("c11", "k"));
    }

    [Fact]
    public void Order_id_is_a_version_8_UUID()
    {
        var id = OrderIds.For("c1", "k1");
        Assert.Equal(8, id.Version);
        Assert.InRange(id.Variant, 8, 11);
    }
}

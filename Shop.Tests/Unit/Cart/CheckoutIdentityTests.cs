using Shop.Cart.Checkout;
using Shop.Contracts;

namespace Shop.Tests.Unit.Cart;

public class CheckoutIdentityTests
{
    private static readonly CheckoutRequest _request = new(new Recipient("Ada", "1 Way", "ada@example.org"), new PaymentCard("tok_ok"));

    [Fact]
    public void The_same_cart_and_key_are_the_same_order_for_ever() =>
        Assert.Equal(Guid.Parse("4a4203f0-3a20-80c7-8979-7e2068842b7e"), OrderIds.For("c1", "k1"));

    [Fact]
    public void Another_cart_or_key_is_another_order()
    {
        Assert.NotEqual(OrderIds.For("c1", "k1"), OrderIds.For("c1", "k2"));
        Assert.NotEqual(OrderIds.For("c1", "k1"), OrderIds.For("c2", "k1"));
        Assert.NotEqual(OrderIds.For("c1", "1k"), OrderIds.For("c11", "k"));
    }

    [Fact]
    public void An_order_id_is_a_well_formed_uuid()
    {
        var id = OrderIds.For("c1", "k1");
        Assert.Equal(8, id.Version);
        Assert.InRange(id.Variant, 8, 11);
    }

    [Fact]
    public void The_fingerprint_tells_every_field_of_the_body()
    {
        string[] prints =
        [
            Fingerprint.Of("c1", "k1", _request),
            Fingerprint.Of("c1", "k1", _request with { Recipient = _request.Recipient with { Name = "Bob" } }),
            Fingerprint.Of("c1", "k1", _request with { Recipient = _request.Recipient with { Address = "2 Way" } }),
            Fingerprint.Of("c1", "k1", _request with { Recipient = _request.Recipient with { Email = "bob@example.org" } }),
            Fingerprint.Of("c1", "k1", _request with { Payment = new PaymentCard("tok_declined") }),
            Fingerprint.Of("c2", "k1", _request),
        ];
        Assert.Equal(prints.Length, prints.Distinct().Count());
        Assert.Equal(prints[0], Fingerprint.Of("c1", "k1", _request));
    }
}

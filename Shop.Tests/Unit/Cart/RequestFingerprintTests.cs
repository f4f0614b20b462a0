using Shop.Cart.Checkout;
using Shop.Contracts;

namespace Shop.Tests.Unit.Cart;

public class RequestFingerprintTests
{
    private static readonly CheckoutRequest _request = new(new Recipient("Ada", "1 Way", "ada@example.org"), new PaymentCard("tok_ok"));

    [Fact]
    public void Fingerprint_differs_when_a_field_of_the_body_or_the_cart_differs()
    {
        string[] fingerprints =
        [
            RequestFingerprint.Compute("c1", "k1", _request),
            RequestFingerprint.Compute("c1", "k1", _request with { Recipient = _request.Recipient with { Name = "Bob" } }),
            RequestFingerprint.Compute("c1", "k1", _request with { Recipient = _request.Recipient with { Address = "2 Way" } }),
            RequestFingerprint.Compute("c1", "k1", _request with { Recipient = _request.Recipient with { Email = "bob@example.org" } }),
            RequestFingerprint.Compute("c1", "k1", _request with { Payment = new PaymentCard("tok_declined") }),
            RequestFingerprint.Compute("c2", "k1", _request),
        ];
        Assert.Equal(fingerprints.Length, fingerprints.Distinct().Count());
        Assert.Equal(fingerprints[0], RequestFingerprint.Compute("c1", "k1", _request));
    }
}

using Shop.Cart.Carts;
using Shop.Cart.Checkout;
using Shop.Contracts;
using Shop.Contracts.Messages;

namespace Shop.Tests.Unit.Cart;

public class CheckoutContentTests
{
    private static readonly CheckoutRequest _request = new(new Recipient("Ada", "1 Way", "ada@example.org"), new PaymentCard("tok_ok"));
    private static readonly OrderLine[] _lines =
        [new("MUG", "Mug", 2, new Money(1500, "EUR")), new("HAT", "Hat", 1, new Money(999, "EUR"))];

    private static readonly CartLine[] _cart = [new("HAT", 1), new("MUG", 2)];
    private static readonly CheckoutContent _content = new("c1", "k1", _request);

    // Stored in Redis and in Orders for months. A change of this value refuses every client that repeats its request during an update.
    [Fact]
    public void Hash_of_a_content_never_changes() => Assert.Equal(
        "v1:MeWl53rwiAW5KTTR4DNLXQ5W2y87P36vhTBEaRFud1Y=:9h6jeGfEE5pVsgeEV5GANeoCK42p5BxwJWBJkuw7wHE=", _content.HashWith(_lines));

    [Fact]
    public void Hash_with_all_fields_never_changes() => Assert.Equal(
        "v1:k4DBwyPvEEdzZLE6Gnt9JUIH9AwAOZ81J+CXPyNK1UY=",
        new CheckoutContent("c1", "k1", _request with
        {
            ExpectedTotal = new Money(3999, "EUR"),
            Replaces = new Guid("4a4203f0-3a20-80c7-8979-7e2068842b7e"),
        }).HashWith(_lines)[..47]);

    [Fact]
    public void Hash_of_a_customer_never_changes_and_does_not_show_which_checkouts_are_of_one_customer()
    {
        Assert.Equal("LsBUOrtq+bWvekIYGY8NlCsC6ectO5O4MbYjfgfgzHo=", _content.HashCustomer("m1"));
        Assert.NotEqual(_content.HashCustomer("m1"), _content.HashCustomer("m2"));
        Assert.NotEqual(_content.HashCustomer("m1"), new CheckoutContent("c1", "k2", _request).HashCustomer("m1"));
    }

    [Fact]
    public void Hash_fits_into_its_column_and_is_independent_of_the_sequence_of_lines()
    {
        Assert.InRange(_content.HashWith(_lines).Length, 1, ContentHash.MaxLength);
        Assert.Equal(_content.HashWith(_lines), _content.HashWith(_lines.Reverse()));
    }

    public static TheoryData<string, string, CheckoutRequest> OtherContents => new()
    {
        { "c1", "k1", _request with { Recipient = _request.Recipient with { Name = "Bob" } } },
        { "c1", "k1", _request with { Recipient = _request.Recipient with { Address = "2 Way" } } },
        { "c1", "k1", _request with { Recipient = _request.Recipient with { Email = "bob@example.org" } } },
        { "c1", "k1", _request with { Recipient = _request.Recipient with { Name = "Ad", Address = "a1 Way" } } },
        { "c1", "k1", _request with { Payment = new PaymentCard("tok_declined") } },
        { "c1", "k1", _request with { Payment = null } },
        { "c1", "k1", _request with { ExpectedTotal = new Money(3999, "EUR") } },
        { "c1", "k1", _request with { ExpectedTotal = new Money(3999, "USD") } },
        { "c1", "k1", _request with { Replaces = Guid.Empty } },
        { "c2", "k1", _request },
        { "c1", "k2", _request },
    };

    [Theory]
    [MemberData(nameof(OtherContents))]
    public void Request_differs_when_a_field_the_cart_or_the_key_differs(string cartId, string key, CheckoutRequest request)
    {
        var other = new CheckoutContent(cartId, key, request);
        Assert.True(other.DiffersFrom(_content.HashWith(_lines), null, _cart));
        Assert.True(ContentHash.Differs(_content.HashWith(_lines), other.HashWith(_lines)));
    }

    [Fact]
    public void Every_field_of_the_body_is_covered() => Assert.Equal(
        ["ExpectedTotal", "Payment", "Recipient", "Replaces"],
        typeof(CheckoutRequest).GetProperties().Select(property => property.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Same_request_is_a_repetition_with_the_same_cart_or_with_one_that_the_order_has_emptied()
    {
        var same = new CheckoutContent("c1", "k1", _request);
        Assert.False(same.DiffersFrom(_content.HashWith(_lines), null, _cart));
        Assert.False(same.DiffersFrom(_content.HashWith(_lines), null, []));
    }

    [Fact]
    public void Same_request_differs_when_the_cart_contains_other_lines()
    {
        Assert.True(_content.DiffersFrom(_content.HashWith(_lines), null, [new("HAT", 1), new("MUG", 3)]));
        Assert.True(_content.DiffersFrom(_content.HashWith(_lines), null, [new("HAT", 1)]));
        Assert.True(_content.DiffersFrom(_content.HashWith(_lines), null, [.. _cart, new("PEN", 1)]));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("v2:other:other")]
    public void Hash_of_another_version_is_not_compared_but_known_lines_are(string? hash)
    {
        Assert.False(_content.DiffersFrom(hash, null, _cart));
        Assert.False(_content.DiffersFrom(hash, _lines, _cart));
        Assert.False(_content.DiffersFrom(hash, _lines, []));
        Assert.True(_content.DiffersFrom(hash, _lines, [new("PEN", 1)]));
    }
}

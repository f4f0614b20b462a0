using Shop.Contracts;
using Shop.Contracts.Messages;
using Shop.Messaging;
using Shop.Orders.Ordering;

namespace Shop.Tests.Unit.Orders;

public class CheckoutRulesTests
{
    private static readonly OrderLine _mug = new("MUG", "Mug", 2, new Money(1500, "EUR"));

    private static readonly CheckoutSubmitted _good = new(
        Guid.NewGuid(), "c1", [_mug], new Money(3000, "EUR"), new Recipient("Ada", "1 Way", "ada@example.org"), new PaymentCard("tok_ok"), default);

    [Fact]
    public void A_checkout_as_the_cart_sends_it_is_accepted() =>
        CheckoutRules.ThrowIfInvalid(_good);

    public static TheoryData<string, Func<CheckoutSubmitted, CheckoutSubmitted>> Bad => new()
    {
        { "no order id", checkout => checkout with { OrderId = Guid.Empty } },
        { "no cart id", checkout => checkout with { CartId = " " } },
        { "not 1 to 100 lines", checkout => checkout with { Lines = [] } },
        { "not 1 to 100 lines", checkout => checkout with { Lines = null! } },
        { "quantity out of range", checkout => checkout with { Lines = [_mug with { Quantity = 0 }] } },
        { "quantity out of range", checkout => checkout with { Lines = [_mug with { Quantity = 100 }] } },
        { "without SKU", checkout => checkout with { Lines = [_mug with { Sku = "" }] } },
        { "negative price", checkout => checkout with { Lines = [_mug with { UnitPrice = new Money(-1, "EUR") }] } },
        { "two lines with the same SKU", checkout => checkout with { Lines = [_mug, _mug], Total = new Money(6000, "EUR") } },
        { "more than one currency", checkout => checkout with { Lines = [_mug with { UnitPrice = new Money(1500, "USD") }] } },
        { "not the sum", checkout => checkout with { Total = new Money(2999, "EUR") } },
        { "recipient or payment", checkout => checkout with { Recipient = null! } },
        { "recipient or payment", checkout => checkout with { Recipient = new Recipient("", "1 Way", "ada@example.org") } },
        { "recipient or payment", checkout => checkout with { Payment = new PaymentCard("") } },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_can_never_become_an_order_is_parked_at_once(string because, Func<CheckoutSubmitted, CheckoutSubmitted> spoil)
    {
        var error = Assert.Throws<InvalidMessageException>(() => CheckoutRules.ThrowIfInvalid(spoil(_good)));
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ada", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(FaultKind.Permanent, FaultClassifier.Classify(error, new HashSet<Type>()));
    }
}

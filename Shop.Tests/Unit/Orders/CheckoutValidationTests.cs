using System.Security.Claims;
using Shop.Contracts;
using Shop.Contracts.Messages;
using Shop.Data.PersonalData;
using Shop.Messaging;
using Shop.Orders.Ordering;
using Shop.Web.Authentication;

namespace Shop.Tests.Unit.Orders;

public class CheckoutValidationTests
{
    private static readonly OrderLine _mug = new("MUG", "Mug", 2, new Money(1500, "EUR"));

    private static readonly CheckoutSubmitted _valid = new(
        new Guid("00000000-0000-0000-0000-000000000001"), // a random one may contain "ada"
        "c1",
        [_mug],
        new Money(3000, "EUR"),
        new Recipient("Ada", "1 Way", "ada@example.org"),
        new PaymentCard("tok_ok"),
        default);

    [Fact]
    public void Valid_checkout_is_accepted() =>
        CheckoutValidation.ThrowIfInvalid(_valid);

    [Fact]
    public void Address_may_have_several_lines() => CheckoutValidation.ThrowIfInvalid(
        _valid with { Recipient = new Recipient("Ada", "1 Way\r\nLondon\nUK", "ada@example.org") });

    [Theory]
    [InlineData("m")]
    [InlineData("auth0|5f7c8ec7c33c6c004bbafe82")]
    [InlineData("1234567890123456789012345678901234567890123456789012345678901234")]
    public void Customer_id_has_1_to_64_visible_characters(string customerId) =>
        CheckoutValidation.ThrowIfInvalid(_valid with { CustomerId = customerId });

    [Fact]
    public void Subject_that_a_member_may_have_is_a_valid_customer_id()
    {
        Assert.Equal(OrderLimits.MaxCustomerIdLength, MemberClaims.MaxSubjectLength);
        for (var code = 0; code <= 0x100; code++)
        {
            var subject = $"m{(char)code}";
            var user = new ClaimsPrincipal(new ClaimsIdentity([new("sub", subject), new("role", "member")], "test", "sub", "role"));
            Assert.Equal(user.GetMemberId() is null, CheckoutRules.FindError(_valid with { CustomerId = subject }) is not null);
        }
    }

    [Fact]
    public void Free_checkout_needs_no_card() => CheckoutValidation.ThrowIfInvalid(
        _valid with { Lines = [_mug with { UnitPrice = new Money(0, "EUR") }], Total = new Money(0, "EUR"), Payment = null });

    public static TheoryData<string, Func<CheckoutSubmitted, CheckoutSubmitted>> InvalidCheckouts => new()
    {
        { "order id is missing", checkout => checkout with { OrderId = Guid.Empty } },
        { "cart id is missing", checkout => checkout with { CartId = " " } },
        { "cart id is missing", checkout => checkout with { CartId = new string('c', 65) } },
        { "between 1 and 100", checkout => checkout with { Lines = [] } },
        { "between 1 and 100", checkout => checkout with { Lines = null! } },
        { "quantity out of range", checkout => checkout with { Lines = [_mug with { Quantity = 0 }] } },
        { "quantity out of range", checkout => checkout with { Lines = [_mug with { Quantity = 100 }] } },
        { "no valid SKU", checkout => checkout with { Lines = [_mug with { Sku = "" }] } },
        { "no valid SKU", checkout => checkout with { Lines = [_mug with { Sku = "MUG\n" }] } },
        { "no valid SKU", checkout => checkout with { Lines = [null!] } },
        { "no name", checkout => checkout with { Lines = [_mug with { Name = null! }] } },
        { "longer than 100", checkout => checkout with { Lines = [_mug with { Name = new string('m', 101) }] } },
        { "no name, or one that is invalid", checkout => checkout with { Lines = [_mug with { Name = "Mug\0" }] } },
        { "negative price", checkout => checkout with { Lines = [_mug with { UnitPrice = new Money(-1, "EUR") }] } },
        { "same SKU", checkout => checkout with { Lines = [_mug, _mug], Total = new Money(6000, "EUR") } },
        { "different currencies", checkout => checkout with { Lines = [_mug with { UnitPrice = new Money(1500, "USD") }] } },
        {
            "currency code is invalid",
            checkout => checkout with { Lines = [_mug with { UnitPrice = new Money(1500, "XQZ") }], Total = new Money(3000, "XQZ") }
        },
        { "not the sum", checkout => checkout with { Lines = [_mug with { UnitPrice = new Money(long.MaxValue, "EUR") }] } }, // no overflow
        { "not the sum", checkout => checkout with { Total = new Money(2999, "EUR") } },
        { "recipient or the payment", checkout => checkout with { Recipient = null! } },
        { "recipient or the payment", checkout => checkout with { Recipient = new Recipient("", "1 Way", "ada@example.org") } },
        { "recipient or the payment", checkout => checkout with { Payment = new PaymentCard("") } },
        { "recipient or the payment", checkout => checkout with { Payment = null } },
        { "control characters", checkout => checkout with { Recipient = new Recipient("Ada\r\nX", "1 Way", "ada@example.org") } },
        { "control characters", checkout => checkout with { Recipient = new Recipient("Ada", "1\0Way", "ada@example.org") } },
        { "control characters", checkout => checkout with { Recipient = new Recipient("Ada", "1 Way", "ada@example.org\n") } },
        { "recipient or the payment", checkout => checkout with { Payment = new PaymentCard("tok_ok\n") } },
        { "not in UTC", checkout => checkout with { SubmittedAt = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.FromHours(1)) } },
        { "customer id is invalid", checkout => checkout with { CustomerId = "" } },
        { "customer id is invalid", checkout => checkout with { CustomerId = "two words" } },
        { "customer id is invalid", checkout => checkout with { CustomerId = "m1\n" } },
        { "customer id is invalid", checkout => checkout with { CustomerId = "m\0" } },
        { "customer id is invalid", checkout => checkout with { CustomerId = new string('m', 65) } },
        { "hash is too long", checkout => checkout with { ContentHash = new string('h', 129) } },
    };

    [Theory]
    [MemberData(nameof(InvalidCheckouts))]
    public void Invalid_checkout_fails_permanently_without_personal_data_in_the_error(
        string expected, Func<CheckoutSubmitted, CheckoutSubmitted> invalidate)
    {
        var error = Assert.Throws<InvalidMessageException>(() => CheckoutValidation.ThrowIfInvalid(invalidate(_valid)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("ada", error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(FaultKind.Permanent, FaultClassifier.Classify(error, new HashSet<Type>()));
    }

    [Fact]
    public void Repeated_checkout_is_accepted_also_when_a_product_was_renamed_or_an_old_message_has_no_hash()
    {
        CheckoutValidation.ThrowIfDifferent(_valid, Submit(_valid));
        CheckoutValidation.ThrowIfDifferent(_valid with { Lines = [_mug with { Name = "Cup" }] }, Submit(_valid));
        CheckoutValidation.ThrowIfDifferent(_valid with { ContentHash = "v1:a" }, Submit(_valid));
        CheckoutValidation.ThrowIfDifferent(_valid, Submit(_valid with { ContentHash = "v1:a" }));
    }

    [Fact]
    public void Repeated_checkout_is_accepted_when_its_customer_has_signed_in_or_out_meanwhile()
    {
        CheckoutValidation.ThrowIfDifferent(_valid with { CustomerId = "m1" }, Submit(_valid));
        CheckoutValidation.ThrowIfDifferent(_valid, Submit(_valid with { CustomerId = "m1" }));
        CheckoutValidation.ThrowIfDifferent(_valid with { CustomerId = "m1" }, Submit(_valid with { CustomerId = "m1" }));
    }

    public static TheoryData<string, Func<CheckoutSubmitted, CheckoutSubmitted>> OtherContents => new()
    {
        { "the cart", checkout => checkout with { CartId = "c2" } },
        { "the total", checkout => checkout with { Lines = [_mug with { Quantity = 1 }], Total = new Money(1500, "EUR") } },
        { "the lines", checkout => checkout with { Lines = [_mug with { Sku = "HAT" }] } },
        { "the lines", checkout => checkout with { Lines = [_mug with { Quantity = 1, UnitPrice = new Money(3000, "EUR") }] } },
        { "the content hash", checkout => checkout with { ContentHash = "v1:b" } },
        { "the customer", checkout => checkout with { CustomerId = "m2" } },
    };

    [Theory]
    [MemberData(nameof(OtherContents))]
    public void Checkout_with_the_id_of_an_order_and_another_content_is_refused(
        string expected, Func<CheckoutSubmitted, CheckoutSubmitted> change)
    {
        var order = Submit(_valid with { ContentHash = "v1:a", CustomerId = "m1" });
        var error = Assert.Throws<InvalidMessageException>(() => CheckoutValidation.ThrowIfDifferent(change(_valid), order));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static Order Submit(CheckoutSubmitted checkout) => Order.Submit(
        new Order.Checkout(
            checkout.OrderId,
            checkout.CartId,
            checkout.Lines.Select(
                line => new Order.Line { Sku = line.Sku, Name = line.Name, Quantity = line.Quantity, UnitPrice = line.UnitPrice }),
            new EncryptedValue("1", []),
            checkout.SubmittedAt,
            checkout.ContentHash,
            CustomerId: checkout.CustomerId),
        default,
        default);
}
